import type { Lexicon } from "../concept.ts";

export const spanish: Lexicon = {
  override:
    "ignora ignore ignorad ignoren ignorar olvida olvide olvidad olvidar olvídate omite omitir descarta haz_caso_omiso pasa_por_alto desobedece sáltate evade elude desestima deja_de_seguir anula desatiende no_hagas_caso",
  follow: "sigas sigue seguir obedezcas obedece cumplas",
  negation: "no nunca sin jamás",
  instruction:
    "instrucción instrucciones indicación indicaciones orden órdenes regla reglas directriz directrices prompt comandos normas pautas mensaje_de_sistema configuración",
  limit: "seguridad restricción restricciones límites limitaciones filtros filtro censura políticas",
  prior:
    "anterior anteriores previa previas previo previos iniciales inicial arriba originales original antes precedentes hasta_ahora",
  all: "todas todo todos toda cualquier íntegro completo",
  disclose:
    "muestra muéstrame muestre revela revelar revélame dime dame enseña enséñame imprime repite repíteme divulga filtra comparte cuál_es cuáles_son escribe_tu copia",
  say: "di escribe responde contesta traduce",
  only: "solo sólo solamente únicamente",
  system: "sistema oculto ocultas ocultos interno internas internos secreto secretas secretos",
  secret:
    "contraseña contraseñas clave claves secretos credenciales clave_api clave_secreta código_de_acceso clave_de_api",
  you: "tú tu tus usted su sus te ti",
  model: "ia asistente modelo_de_lenguaje",
  persona:
    "actúa_como ahora_eres eres_ahora finge hazte_pasar imagina_que compórtate_como haz_de_cuenta a_partir_de_ahora_eres serás simula",
  unrestricted:
    "ilimitad* sin_restricciones sin_censura sin_límites sin_filtros sin_reglas sin_limitaciones sin_filtro sin_ninguna sin_ningún sin_normas",
  ethics: "ética ético moral morales éticos éticas ilegal",
  fromNow: "a_partir_de_ahora desde_ahora de_ahora_en_adelante en_su_lugar en_cambio",
  fresh: "nuevas nuevos nueva siguientes siguiente",
  important: "importante atención urgente",
  mode: "modo modo_desarrollador",
  user: "usuario",
  send: "envía enviar manda reenvía",
  conversation: "conversación mensajes mensaje texto_anterior",
  verbatim: "al_revés lista literalmente palabra_por_palabra textualmente al_pie_de_la_letra tal_cual",
  authority: "administrador soporte_técnico",
  ownPrompt:
    "prompt_del_sistema prompt_de_sistema mensaje_del_sistema tus_instrucciones sus_instrucciones tus_reglas instrucciones_iniciales instrucciones_ocultas instrucciones_secretas",
};

export const portuguese: Lexicon = {
  override:
    "ignore ignora ignorem esqueça esquece esqueçam desconsidere desconsidera descarte pule contorne desobedeça burle despreze deixe_de_seguir anule",
  follow: "siga seguir obedeça cumpra",
  negation: "não nunca sem jamais",
  instruction:
    "instrução instruções regra regras diretrizes ordens prompt comandos orientações mensagem_de_sistema configuração diretivas",
  limit: "segurança restrição restrições limites limitações filtros filtro censura políticas",
  prior:
    "anterior anteriores prévias prévios acima iniciais inicial originais original antes até_agora precedentes",
  all: "todas tudo todos toda qualquer íntegra completo",
  disclose:
    "mostre mostra revele revela exiba diga_me me_diga imprima repita divulgue compartilhe vaze me_dê me_mostre qual_é quais_são diz_me escreva_seu conte_me dê_me",
  say: "diga escreva responda traduza",
  only: "só apenas somente unicamente",
  system: "sistema oculto ocultas interno internas secreto secretas",
  secret:
    "senha senhas chave chaves segredos segredo credenciais chave_api chave_de_api código_de_acesso palavra_passe",
  you: "você vocês seu sua seus suas teu tua te",
  model: "ia assistente modelo_de_linguagem",
  persona:
    "aja_como finja agora_você_é você_agora_é você_é_agora imagine_que comporte_se_como atue_como faça_de_conta faz_de_conta simule",
  unrestricted:
    "ilimitad* irrestrit* sem_restrições sem_censura sem_limites sem_filtros sem_regras sem_limitações sem_filtro sem_nenhuma sem_qualquer",
  ethics: "ética ético moral morais ilegal",
  fromNow: "a_partir_de_agora de_agora_em_diante em_vez_disso",
  fresh: "novas novos nova seguintes",
  important: "importante atenção urgente",
  mode: "modo modo_desenvolvedor",
  user: "usuário utilizador",
  send: "envie mande encaminhe",
  conversation: "conversa mensagens mensagem",
  verbatim: "ao_contrário de_trás_para lista literalmente palavra_por_palavra na_íntegra textualmente",
  authority: "administrador suporte_técnico suporte",
  ownPrompt:
    "prompt_do_sistema prompt_de_sistema mensagem_do_sistema suas_instruções tuas_instruções suas_regras instruções_iniciais instruções_ocultas instruções_secretas",
};

export const french: Lexicon = {
  override:
    "ignore ignorez ignorer oublie oubliez oublier contourne contournez outrepasse outrepassez néglige fais_abstraction faites_abstraction ne_tiens_pas_compte ne_tenez_pas_compte ne_tiens_plus ne_tenez_plus passe_outre écarte cesse_de_suivre mets_de_côté ne_suis_plus ne_suivez_plus désobéis annule",
  follow: "suis suivez suivre obéis respecte respectez",
  negation: "ne pas jamais sans aucune aucun",
  instruction:
    "instruction instructions consigne consignes directive directives règle règles ordres prompt invite commandes message_système configuration indications",
  limit: "sécurité restriction restrictions limites limitations filtres filtre censure garde_fous",
  prior:
    "précédent précédente précédentes précédents antérieures antérieurs initiales initiale ci_dessus avant originales préalables initial d_origine jusqu_ici",
  all: "toutes tout tous toute intégralité intégralement",
  disclose:
    "montre montrez révèle révélez affiche affichez divulgue divulguez dis_moi dites_moi donne_moi donnez_moi répète répétez imprime partage communique quel_est quelles_sont écris_ton recopie cite",
  say: "dis dites écris écrivez réponds répondez traduis traduisez",
  only: "seulement uniquement rien_que exclusivement",
  system: "système caché cachées cachés internes interne secret secrètes secrets",
  secret:
    "mot_de_passe mots_de_passe clé clés clé_api identifiants secrets code_secret code_d_accès clé_d_api",
  you: "tu ton ta tes toi vous votre vos te",
  model: "ia assistant modèle_de_langage",
  persona:
    "tu_es_maintenant tu_es_désormais vous_êtes_maintenant vous_êtes_désormais fais_semblant faites_semblant agis_comme agissez_comme comporte_toi imagine_que joue_le_rôle fais_comme_si agis_en_tant te_voilà",
  unrestricted:
    "illimité* sans_restriction sans_restrictions sans_censure sans_limites sans_filtre sans_filtres sans_règles sans_limitations sans_aucune sans_aucun non_censuré",
  ethics: "éthique éthiques morale morales moral illégal",
  fromNow: "à_partir_de_maintenant désormais dorénavant à_la_place plutôt",
  fresh: "nouvelles nouvelle nouveau suivantes suivante",
  important: "important attention urgent",
  mode: "mode_développeur mode",
  user: "utilisateur",
  send: "envoie envoyez transmets transfère",
  conversation: "conversation messages texte_ci_dessus message",
  verbatim: "à_l_envers liste textuellement mot_pour_mot mot_à_mot littéralement tel_quel",
  authority: "administrateur support_technique assistance_technique",
  ownPrompt:
    "prompt_système invite_système prompt_du_système message_système tes_instructions vos_instructions tes_consignes vos_consignes tes_règles instructions_initiales instructions_cachées consignes_initiales consignes_cachées",
};

export const italian: Lexicon = {
  override:
    "non_badare non_rispettare ignora ignorate ignorare dimentica dimenticate scorda aggira scavalca tralascia non_tenere_conto trascura salta disobbedisci smetti_di_seguire annulla lascia_perdere",
  follow: "segui seguire obbedisci rispetta rispettare",
  negation: "non mai senza nessuna",
  instruction:
    "istruzione istruzioni regola regole direttive ordini prompt comandi linee_guida indicazioni messaggio_di_sistema configurazione",
  limit: "sicurezza restrizione restrizioni limiti limitazioni filtri filtro censura vincoli",
  prior: "precedente precedenti sopra iniziali iniziale originali originale prima anteriori finora",
  all: "tutte tutto tutti qualsiasi ogni intero integrale",
  disclose:
    "mostra mostrami mostrate rivela rivelami dimmi dammi stampa ripeti ripetimi divulga condividi svela qual_è quali_sono scrivimi visualizza",
  say: "scrivi rispondi traduci",
  only: "solo soltanto solamente esclusivamente",
  system: "sistema nascosto nascoste nascosti interno interne interni segreto segrete segreti",
  secret: "password chiave chiavi segreti segreto credenziali chiave_api codice_di_accesso parola_d_ordine",
  you: "tu tuo tua tuoi tue te ti",
  model: "ia assistente modello_linguistico",
  persona:
    "ora_sei adesso_sei sei_ora fingi agisci_come comportati_come immagina_di fai_finta interpreta_il_ruolo fingiti simula",
  unrestricted:
    "illimitat* senza_restrizioni senza_censura senza_limiti senza_filtri senza_regole senza_limitazioni senza_filtro senza_alcun senza_alcuna senza_vincoli",
  ethics: "etica etico morale morali etici illegale",
  fromNow: "d_ora_in_poi da_ora_in_poi da_adesso invece",
  fresh: "nuove nuovi nuova seguenti",
  important: "importante attenzione urgente",
  mode: "modalità modalità_sviluppatore",
  user: "utente",
  send: "invia inviate inoltra manda",
  conversation: "conversazione messaggi messaggio",
  verbatim: "al_contrario elencale elenca elenco letteralmente parola_per_parola testualmente alla_lettera",
  authority: "amministratore assistenza_tecnica supporto_tecnico",
  ownPrompt:
    "prompt_di_sistema prompt_del_sistema messaggio_di_sistema tue_istruzioni tue_regole istruzioni_iniziali istruzioni_nascoste istruzioni_segrete",
};

export const romanian: Lexicon = {
  override: "ignoră ignora ignorați uită uitați nesocotește sari_peste",
  negation: "nu niciodată fără",
  instruction: "instrucțiun* reguli regulile directive* prompt* comenzi* ordine*",
  limit: "restricți* limitări* filtre*",
  prior: "anterioare precedente inițiale inițial originale",
  all: "toate tot toți",
  disclose: "arată dezvăluie afișează spune_mi repetă dă_mi",
  say: "spune scrie răspunde",
  system: "sistem* ascunse interne secrete",
  secret: "parola parole cheia secret secrete",
  you: "tu tău ta tale te",
  persona: "acum_ești ești_acum prefă_te comportă_te",
  unrestricted: "nelimitat* necenzurat* fără_restricții fără_reguli fără_limite fără_filtre",
  fromNow: "de_acum_înainte de_acum",
  ownPrompt: "promptul_de_sistem promptul_sistemului instrucțiunile_tale",
};

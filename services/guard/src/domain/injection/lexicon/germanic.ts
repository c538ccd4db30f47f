import type { Lexicon } from "../concept.ts";

export const german: Lexicon = {
  override:
    "ignoriere ignorieren ignoriert ignorier vergiss vergesst vergessen missachte missachten umgehe umgehen uberspringe verwirf " +
    "übergehe überschreibe ueberschreibe setze_dich_über außer_acht beachte_nicht befolge_nicht lass_alle streiche deaktiviere",
  follow: "befolge befolgen folge folgen beachte beachten halte gehorche",
  negation: "nicht nie niemals kein keine keinen ohne",
  instruction:
    "anweisung* instruktion* vorgabe* regel regeln systemprompt* prompt* befehl befehle richtlinie* auftrag eingabeaufforderung weisung* systemanweisung* systemnachricht* anleitung* konfiguration*",
  limit:
    "sicherheit* einschränkung* beschränkung* filter* sicherheitsrichtlinie* schranken sicherheitsregel* zensur sicherheitsvorkehrung*",
  prior:
    "vorherige* vorige* bisherige* frühere* obige* oben vorangegangene* ursprüngliche* zuvor bisher anfängliche* vorangehende*",
  all: "alle alles allen sämtliche* jede jegliche* komplett* ganze* ganzen vollständig*",
  disclose:
    "zeige zeig zeigen verrate verrat nenne nenn gib_mir gib wiederhole offenbare offenlege enthülle sag_mir sage_mir drucke teile_mir lege_offen schreibe_mir poste lautet",
  say: "sag sage schreibe schreib antworte antworten übersetze füge erwähne",
  only: "nur ausschließlich lediglich",
  system: "system* interne* versteckte* geheime* verborgene* entwickler*",
  secret:
    "passwort passwörter zugangsdaten geheimnis* api_schlüssel schlüssel kennwort geheimcode zugangscode geheimwort",
  you: "du dein deine deinen deiner deines deinem dir dich ihr euer eure euren",
  model: "ki assistent sprachmodell chatbot",
  persona:
    "du_bist_jetzt du_bist_nun tu_so stell_dir_vor spiele_die_rolle verhalte_dich agiere_als bist_ab_jetzt so_tun schlüpfe handle_als rolle benimm_dich",
  unrestricted:
    "uneingeschränkt* unzensiert* ungefiltert* ohne_regeln ohne_einschränkungen ohne_filter keine_regeln keine_einschränkungen keine_grenzen ohne_grenzen ohne_beschränkungen grenzenlos ohne_jede",
  ethics: "ethisch* moral* illegal* gefährlich* schädlich*",
  fromNow: "ab_jetzt ab_sofort von_nun_an stattdessen fortan",
  fresh: "neue neuen neuer folgende folgenden",
  important: "wichtig achtung dringend hinweis",
  mode: "modus entwicklermodus",
  user: "benutzer nutzer anwender",
  conceal: "ohne_es_zu_erwähnen sag_es_nicht erwähne_nicht heimlich",
  send: "sende schicke übermittle leite_weiter",
  conversation: "gespräch unterhaltung nachricht nachrichten verlauf text_oberhalb chatverlauf",
  verbatim: "rückwärts liste wörtlich wortwörtlich wort_für_wort im_wortlaut",
  authority: "administrator* admin it_abteilung support techniker autorisiert",
  ownPrompt:
    "systemprompt* systemanweisung* systemnachricht* deine_anweisungen deinen_anweisungen deiner_anweisungen deine_regeln deine_instruktionen ursprünglichen_anweisungen",
};

export const dutch: Lexicon = {
  override: "trek_je_niets_aan negeer negeren vergeet omzeil sla_over schend overschrijf let_niet_op",
  follow: "volg volgen opvolgen gehoorzaam",
  negation: "niet nooit geen zonder",
  instruction:
    "instructie instructies aanwijzing aanwijzingen opdracht opdrachten regels richtlijnen systeemprompt bevelen configuratie voorschriften systeeminstructies systeembericht",
  limit: "veiligheid* beperking* filters veiligheidsregels restricties",
  prior: "vorige eerdere bovenstaande voorgaande hierboven oorspronkelijke eerder initiële tot_nu_toe",
  all: "alle alles elke volledige hele",
  disclose: "toon laat_zien onthul geef_me geef herhaal vertel_me vertel laat_me druk_af openbaar noem",
  say: "zeg schrijf antwoord reageer vertaal",
  only: "alleen uitsluitend enkel",
  system: "systeem* interne verborgen geheime",
  secret: "wachtwoord wachtwoorden api_sleutel geheim geheimen sleutel toegangscode inloggegevens",
  you: "je jij jouw u uw jezelf",
  model: "taalmodel assistent",
  persona: "systeemmodus je_bent_nu je_bent_vanaf doe_alsof speel_de_rol gedraag_je jij_bent_nu stel_je_voor",
  unrestricted:
    "onbeperkt* ongecensureerd* ongefilterd* zonder_regels zonder_beperkingen geen_regels geen_beperkingen zonder_filters zonder_grenzen zonder_filter zonder_enige",
  ethics: "ethisch* moreel morele",
  fromNow: "vanaf_nu voortaan in_plaats_daarvan",
  fresh: "nieuwe volgende",
  important: "belangrijk let_op",
  mode: "modus ontwikkelaarsmodus",
  send: "stuur verzend",
  conversation: "gesprek bericht berichten",
  verbatim: "achterstevoren lijst letterlijk woordelijk woord_voor_woord",
  authority: "beheerder technische_dienst helpdesk it_afdeling administrator",
  ownPrompt:
    "systeemprompt* systeeminstructies systeembericht je_instructies jouw_instructies je_regels oorspronkelijke_instructies",
};

export const scandinavian: Lexicon = {
  override:
    "ignorera ignorer glöm glem bortse se_bort_fra åsidosätt kringgå omgå hoppa_över strunta_i tilsidesæt overse",
  follow: "följ følg lyd",
  negation: "inte ikke aldrig aldri ingen inga utan uden uten",
  instruction:
    "instruktion* instruks* anvisning* regler reglerna reglerne riktlinjer retningslinjer systemprompt* prompt* ordrer kommando*",
  limit: "begränsning* begrænsning* begrensning* restriktion* filtre",
  prior:
    "tidigare tidligere föregående foregående forrige ovanstående ovenstående ursprungliga oprindelige opprinnelige",
  all: "alla allt alle alt",
  disclose:
    "visa vis avslöja afslør avslør upprepa gentag gjenta berätta fortæl fortell ge_mig giv_mig gi_meg skriv_ut",
  say: "säg sig si skriv svara svar",
  only: "bara endast kun bare",
  system: "system* dolda skjulte hemliga hemmelige interna interne",
  secret: "lösenord lösenordet adgangskode passord passordet hemlighet* hemmelighed* nyckel nøgle",
  you: "du din dina dine ditt dit dig deg",
  persona: "du_är_nu du_er_nu låtsas lad_som_om late_som",
  unrestricted:
    "obegränsad* ubegrænset ubegrenset ocensurerad* ucensureret usensurert utan_regler uden_regler uten_regler utan_begränsningar uden_begrænsninger uten_begrensninger",
  fromNow: "från_och_med_nu fra_nu_af fra_nå_av",
  fresh: "nya nye",
  ownPrompt: "systemprompt* dina_instruktioner dine_instruktioner dine_instrukser",
};

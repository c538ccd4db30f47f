import type { Lexicon } from "../concept.ts";

export const russian: Lexicon = {
  override:
    "игнорируй игнорируйте проигнорируй проигнорируйте игнорировать забудь забудьте забыть отбрось обойди обойти пренебреги не_обращай_внимания отмени нарушь отключи перестань_следовать не_следуй пропусти отмените",
  follow: "следуй следуйте соблюдай слушай выполняй подчиняйся",
  negation: "не никогда без нет",
  instruction:
    "инструкци* указани* правил* промпт* команд* директив* приказ* предписани* установк* системное_сообщение настройки",
  limit: "безопасност* ограничени* фильтр* запрет* цензур*",
  prior:
    "предыдущ* прежни* выше вышеуказанн* исходн* изначальн* первоначальн* ранее начальн* данные_тебе прошлые",
  all: "все всё всех любые всю весь всем полностью целиком полный",
  disclose:
    "покажи покажите раскрой раскройте выведи выведите повтори повторите сообщи скажи_мне назови распечатай выдай напечатай перечисли поделись какой_у_тебя дай_мне процитируй",
  say: "скажи скажите напиши напишите ответь ответьте переведи отвечай",
  only: "только лишь исключительно",
  system: "системн* скрыт* внутренн* секретн* тайн*",
  secret: "пароль пароли пароля ключ ключи секрет секреты api_ключ учетные_данные",
  you: "ты твой твои твоя твоё вы ваш ваши тебе тебя твоих твою твоего ваших вам свой свои свою",
  model: "ии ассистент языковая_модель нейросеть",
  persona:
    "теперь_ты ты_теперь притворись веди_себя_как представь_что действуй_как сыграй_роль вы_теперь теперь_вы отныне_ты играй_роль представь_себе изображай",
  unrestricted:
    "неограниченн* нецензурирован* без_ограничений без_цензуры без_фильтров без_правил без_каких_либо нет_ограничений не_ограничен* без_запретов",
  ethics: "этик* этическ* морал* незаконн*",
  fromNow: "с_этого_момента отныне вместо_этого впредь теперь",
  fresh: "новые новым новая следующие",
  important: "важно внимание срочно",
  mode: "режим режиме",
  user: "пользовател*",
  send: "отправь отправьте перешли",
  conversation: "разговор* переписк* сообщени* диалог*",
  verbatim: "наоборот задом списком дословно слово_в_слово буквально",
  authority: "администратор* техподдержк* поддержки",
  ownPrompt:
    "системный_промпт системного_промпта системные_инструкции системное_сообщение твои_инструкции твоих_инструкций ваши_инструкции свои_инструкции скрытые_инструкции секретные_инструкции",
};

export const ukrainian: Lexicon = {
  override: "ігноруй ігноруйте проігноруй забудь забудьте знехтуй обійди",
  negation: "не ніколи без",
  instruction: "інструкці* вказівк* правил* промпт* команд* наказ*",
  limit: "обмеженн* фільтр*",
  prior: "попередн* вище початков* раніше",
  all: "всі усі все всіх",
  disclose: "покажи розкрий виведи повтори скажи_мені",
  say: "скажи напиши відповідай",
  system: "системн* прихован* внутрішн* секретн*",
  secret: "пароль паролі ключ секрет",
  you: "ти твій твої ви ваш ваші свої",
  persona: "тепер_ти ти_тепер вдавай поводься_як",
  unrestricted: "необмежен* без_обмежень без_цензури без_правил без_фільтрів",
  fromNow: "відтепер натомість",
  ownPrompt: "системний_промпт твої_інструкції свої_інструкції",
};

export const polish: Lexicon = {
  override:
    "zignoruj ignoruj zignorujcie zapomnij zapomnijcie pomiń pomijaj obejdź odrzuć nie_zważaj lekceważ zlekceważ przestań_przestrzegać nie_przestrzegaj",
  follow: "przestrzegaj stosuj wykonuj słuchaj",
  negation: "nie nigdy bez żadnych",
  instruction:
    "instrukcj* polece* reguł* zasad* wytyczn* prompt* rozkaz* dyrektyw* komunikat_systemowy konfiguracj*",
  limit: "bezpieczeńst* ogranicze* filtr* cenzur* zabezpiecze*",
  prior: "poprzedni* wcześniejsz* powyższ* początkow* pierwotn* dotychczasow* oryginaln*",
  all: "wszystkie wszystko wszystkich wszelkie cały całą całość pełny",
  disclose:
    "pokaż ujawnij wyświetl powtórz podaj zdradź powiedz_mi wypisz wydrukuj udostępnij jaki_jest jakie_są wymień",
  say: "powiedz napisz odpowiedz przetłumacz odpowiadaj",
  only: "tylko wyłącznie jedynie",
  system: "system* ukryt* wewnętrzn* tajn* sekretn*",
  secret: "hasło hasła klucz klucze sekrety sekret dane_logowania",
  you: "ty twój twoje twoja twoich ci ciebie swój swoje swoją swoich",
  model: "si asystent model_językowy",
  persona:
    "jesteś_teraz teraz_jesteś udawaj zachowuj_się_jak wyobraź_sobie wciel_się odgrywaj działaj_jako od_teraz_jesteś",
  unrestricted:
    "nieograniczon* nieocenzurowan* bez_ograniczeń bez_cenzury bez_filtrów bez_zasad bez_reguł bez_żadnych bez_limitów",
  ethics: "etyk* etyczn* moraln* nielegaln*",
  fromNow: "od_teraz od_tej_pory zamiast_tego odtąd",
  fresh: "nowe nowych następujące",
  important: "ważne uwaga pilne",
  mode: "tryb trybie",
  user: "użytkownik*",
  send: "wyślij prześlij",
  conversation: "rozmow* wiadomoś*",
  verbatim: "od_tyłu wspak listę dosłownie słowo_w_słowo",
  authority: "administrator* działu_it pomocy_technicznej",
  ownPrompt:
    "prompt_systemowy promptu_systemowego twoje_instrukcje swoje_instrukcje ukryte_instrukcje tajne_instrukcje",
};

export const czech: Lexicon = {
  override: "ignoruj ignorujte zapomeň zapomeňte přeskoč obejdi neber_v_úvahu zabudni",
  negation: "ne nikdy bez",
  instruction: "instrukc* pokyn* pravid* prompt* příkaz* pravidl*",
  limit: "omezen* filtr* obmedzen*",
  prior: "předchozí* předešl* výše původní* počáteční* predchádzajúc*",
  all: "všechny všechna vše všetky",
  disclose: "ukaž zobraz odhal prozraď zopakuj řekni_mi vypiš",
  say: "řekni napiš odpověz",
  system: "systém* skryt* intern* tajn*",
  secret: "heslo hesla klíč tajemství",
  you: "ty tvůj tvoje tvé své svůj",
  persona: "nyní_jsi teď_jsi předstírej chovej_se",
  unrestricted: "neomezen* necenzurovan* bez_omezení bez_pravidel bez_cenzury bez_filtrů",
  fromNow: "od_teď od_nynějška místo_toho",
  ownPrompt: "systémový_prompt své_instrukce tvoje_instrukce své_pokyny",
};

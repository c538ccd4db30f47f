import type { Lexicon } from "../concept.ts";

export const greek: Lexicon = {
  override: "αγνόησε αγνοήστε ξέχασε ξεχάστε παράβλεψε παράκαμψε",
  negation: "μην δεν ποτέ χωρίς",
  instruction: "οδηγί* εντολ* κανόν* προτροπ* κανονισμ*",
  limit: "περιορισμ* φίλτρ*",
  prior: "προηγούμεν* παραπάνω αρχικ*",
  all: "όλες όλα όλους όλη κάθε",
  disclose: "δείξε αποκάλυψε εμφάνισε πες_μου επανάλαβε",
  system: "συστήματος σύστημα κρυφ* εσωτερικ* μυστικ*",
  secret: "κωδικό κωδικός κλειδί",
  you: "εσύ σου είσαι",
  persona: "είσαι_τώρα τώρα_είσαι προσποιήσου",
  unrestricted: "χωρίς_περιορισμούς χωρίς_κανόνες",
  ownPrompt: "προτροπή_συστήματος τις_οδηγίες_σου",
};

export const hungarian: Lexicon = {
  override: "hagyd_figyelmen_kívül felejtsd_el figyelmen_kívül",
  negation: "ne nem soha nélkül",
  instruction: "utasítás* szabály* prompt* parancs*",
  prior: "előző korábbi fenti eredeti",
  all: "minden összes",
  disclose: "mutasd fedd_fel ismételd írd_ki áruld_el",
  system: "rendszer* rejtett belső titkos",
  secret: "jelszó* kulcs*",
  you: "te neked saját",
  persona: "mostantól_te tegyél_úgy",
  unrestricted: "korlátlan* cenzúrázatlan* korlátok_nélkül szabályok_nélkül",
  ownPrompt: "rendszerprompt* rendszerutasítás*",
};

export const finnish: Lexicon = {
  override: "unohda ohita älä_välitä jätä_huomiotta sivuuta",
  negation: "älä ei ilman",
  instruction: "ohje* sääntö säännöt käsky* kehot* määräy*",
  prior: "aiemmat edelliset aiempi yllä alkuperäiset edeltävät aikaisemmat",
  all: "kaikki kaikkia",
  disclose: "näytä paljasta toista kerro tulosta",
  system: "järjestelmä* piilotetut sisäiset salaiset järjestelmäkehot*",
  secret: "salasana* avain",
  you: "sinä sinun olet",
  persona: "olet_nyt esitä teeskentele",
  unrestricted: "rajoittamaton ilman_rajoituksia ilman_sääntöjä",
  ownPrompt: "järjestelmäkehot* järjestelmäohje*",
};

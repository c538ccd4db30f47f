/**
 * What words of any language can mean to the judge of prompt injections. The lexicons map words to these, and the
 * combinations are made of these, so what is known about attacks in one language holds in all.
 */
export const concepts = [
  /** Ignore, forget, bypass: to set aside what one was told. */
  "override",
  /** Such a verb (or one that discloses or says) at the beginning of a clause: an order, not a report. */
  "overrideOrder",
  "discloseOrder",
  "sayOrder",
  /** Follow, obey. After a negation it is an override. */
  "follow",
  "negation",
  /** Instructions, prompt, rules, guidelines. */
  "instruction",
  /** Restrictions, filters, safeguards, moderation. */
  "limit",
  /** Previous, above, earlier; you were given. */
  "prior",
  "all",
  /** Reveal, show, repeat, leak. */
  "disclose",
  /** Say, write, answer. */
  "say",
  "only",
  /** System, hidden, initial, internal, developer's. */
  "system",
  /** Password, key, credentials. */
  "secret",
  /** What a model is said to keep: the secret password, the access code. */
  "heldSecret",
  /** The model's own instructions, by a name that means nothing else: system prompt, your instructions. */
  "ownPrompt",
  /** A call on whatever model may read the text. */
  "addressed",
  "you",
  /** Assistant, language model, chatbot, by whatever name. */
  "model",
  /** Act as, pretend, you are now. */
  "persona",
  /** The names of known personas and modes without rules. */
  "knownPersona",
  /** Unfiltered, uncensored, without rules. */
  "unrestricted",
  /** Moral, ethical, legal, harmful. */
  "ethics",
  /** Refuse, decline, apologise. */
  "refuse",
  /** From now on, instead. */
  "fromNow",
  "fresh",
  "important",
  /** Mode: developer mode, debug mode. */
  "mode",
  "authority",
  /** The user, the human, from whom something is to be kept. */
  "user",
  /** Do not mention, without telling. */
  "conceal",
  "send",
  /** Conversation, chat history, messages. */
  "conversation",
  /** Your answer, your response. */
  "output",
  "verbatim",
  /** Decode, base64, rot13. */
  "decode",
  /** Words that were found in an encoded text. */
  "encoded",
  /** Written so as to be a mark of a conversation's roles: `<|im_start|>`, `[INST]`, `### System`. */
  "roleMark",
  /** A mark of a chat template, which no person writes. */
  "templateMark",
  /** Instructions with a colon behind: a heading for orders. */
  "instructionLabel",
  /** Task, objective. */
  "job",
  /** What you were told, asked, given. */
  "told",
  /** A line that begins with a role and a colon. */
  "roleLine",
  /** End of the document, of the session. */
  "end",
  /** Please, now, then: what may stand before an order. */
  "lead",
  /** What a model is asked to do with a document: summarise, review, translate. */
  "task",
] as const;
export type Concept = (typeof concepts)[number];

/** Words of a language by what they mean. Separated by blanks; `_` joins words of a phrase, `*` stands for any ending. */
export type Lexicon = Partial<Record<Concept, string>>;

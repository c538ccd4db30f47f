/** What expressions can speak of, of who asks and of the HTTP request. What is not known is an empty text or list. */
export interface CallerFacts {
  identity: {
    key: string;
    user: string;
    team: string;
    application: string;
    department: string;
    consumer: string;
    tags: readonly string[];
  };
  request: {
    method: string;
    path: string;
    host: string;
    source: string;
    route: string;
    operation: string;
    model: string;
    headers: Readonly<Record<string, string>>;
  };
}

/** The same as CEL has it. */
export const callerShape = {
  identity: {
    key: "string",
    user: "string",
    team: "string",
    application: "string",
    department: "string",
    consumer: "string",
    tags: "list<string>",
  },
  request: {
    method: "string",
    path: "string",
    host: "string",
    source: "string",
    route: "string",
    operation: "string",
    model: "string",
    headers: "map<string, string>",
  },
};

/** What is wrong with a resource that was taken all the same; its conditions are made of it. */
export interface ResourceFinding {
  /** As `describeResource` writes it. */
  resource: string;
  /** Whether the resource itself has no place, or something that it refers to is not there. */
  condition: "Accepted" | "ResolvedRefs";
  /** One word, that of the Gateway API where there is one. */
  reason: string;
  message: string;
}

/** That one resource names or chooses another. */
export interface ResourceLink {
  /** As `describeResource` writes them. */
  from: string;
  to: string;
  found: boolean;
}

/** The Gateway API has one word for destinations; other kinds are named. */
export function notFoundReason(kind: string): string {
  return kind === "AIBackend" || kind === "ExternalService" ? "BackendNotFound" : `${kind}NotFound`;
}

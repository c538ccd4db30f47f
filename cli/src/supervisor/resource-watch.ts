import { createHash } from "node:crypto";
import { hostname } from "node:os";
import type { BusConnection } from "@sluice/bus/bus";
import { type AppliedChange, applyChange } from "@sluice/resources/apply-configuration";
import { ConfigurationError, formatProblem } from "@sluice/resources/configuration-problem";
import { readDeclaredKeys } from "@sluice/resources/declared-keys";
import { readChange, type SourceFile } from "@sluice/resources/read-change";
import type { Resource } from "@sluice/resources/resource";
import type { BaseContent } from "@sluice/resources/snapshot";
import type { DeclaredVirtualKey } from "@sluice/resources/virtual-key";
import type { OperatorSealingKeys } from "@sluice/sealing/sealing-keys";
import { changeNotes } from "../change-notes.ts";
import { readSourceFiles } from "../source-files.ts";
import type { Terminal } from "../terminal.ts";

/** How often the files are looked at. Whoever writes several has this long for them, as a rule. */
const lookMs = 1_000;

export interface ResourceWatchOptions {
  terminal: Terminal;
  /** Files and folders, as `-f` takes them. */
  paths: readonly string[];
  /** Does some work on the bus as its operator. */
  onBus: <Result>(work: (bus: BusConnection) => Promise<Result>) => Promise<Result>;
  keys: OperatorSealingKeys;
  tell: (line: string) => void;
}

/** What a configuration file makes that is not among those that are followed. */
export interface ConfigurationElsewhere {
  base: BaseContent;
  baseResources: readonly Resource[];
  keys: readonly DeclaredVirtualKey[];
}

/**
 * Keeps the configuration of a mesh as some files say, all of them together: what is not in them any more goes. Files
 * with faults change nothing; what is wrong is told once.
 */
export class ResourceWatch {
  readonly #options: ResourceWatchOptions;
  /** Digest of the files that were applied, or can't be. */
  #seen = "";
  /** Digest of the last look: files that are being written differ from one look to the next. */
  #last = "";
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: ResourceWatchOptions) {
    this.#options = options;
  }

  /**
   * Applies the files as they are, then follows them.
   * @param otherwise what a configuration file elsewhere makes; one among the files goes before it
   * @throws ConfigurationError, CommandError when they can't be applied in the first place
   */
  async start(bus: BusConnection, otherwise: ConfigurationElsewhere): Promise<void> {
    const files = await this.#read();
    this.#seen = digestOf(files);
    this.#tell(await this.#apply(bus, files, otherwise));
  }

  follow(): void {
    this.#lookLater();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#work;
  }

  #lookLater(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#work = this.#look()
        .catch((error: unknown) => this.#options.tell(explain(error)))
        .finally(() => this.#lookLater());
    }, lookMs).unref();
  }

  async #look(): Promise<void> {
    const files = await this.#read();
    const digest = digestOf(files);
    const isSettled = digest === this.#last;
    this.#last = digest;
    if (digest === this.#seen || !isSettled) return;
    try {
      this.#tell(await this.#options.onBus((bus) => this.#apply(bus, files)));
    } catch (error) {
      // What is wrong with the files stays so until they change; all else may pass.
      if (error instanceof ConfigurationError) this.#seen = digest;
      throw error;
    }
    this.#seen = digest;
  }

  #read(): Promise<SourceFile[]> {
    const { terminal, paths } = this.#options;
    return readSourceFiles(terminal, paths);
  }

  async #apply(
    bus: BusConnection,
    files: readonly SourceFile[],
    otherwise?: ConfigurationElsewhere,
  ): Promise<AppliedChange> {
    const { base, baseResources = [], declaredKeys = [], resources } = readChange(files);
    const { environment } = this.#options.terminal;
    const own =
      base === undefined
        ? {}
        : { base, baseResources, keys: await readDeclaredKeys(declaredKeys, environment) };
    return await applyChange(
      bus,
      {
        ...otherwise,
        ...own,
        resources,
        prune: true,
        ...changeNotes({ as: supervisorName() }),
        change: `files in ${this.#options.paths.join(", ")}`,
      },
      { keys: this.#options.keys },
    );
  }

  #tell({ changed, revision, changes, warnings, audited }: AppliedChange): void {
    const { tell } = this.#options;
    for (const { name, type } of changes) if (type !== "unchanged") tell(`${name} ${type}`);
    for (const warning of warnings) tell(`warning: ${formatProblem(warning)}`);
    if (changed) tell(`The files are applied as revision ${revision}.`);
    if (!audited) tell("The event stream does not take the audit of it; the next change writes it first.");
  }
}

/** As what the supervisor changes the configuration. */
export function supervisorName(): string {
  return `supervisor@${hostname()}`;
}

function digestOf(files: readonly SourceFile[]): string {
  return createHash("sha256")
    .update(JSON.stringify(files.map(({ name, text }) => [name, text])))
    .digest("hex");
}

function explain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return error instanceof ConfigurationError
    ? `${text}\nThe files were not applied; the configuration before goes on.`
    : `The files could not be applied: ${text}`;
}

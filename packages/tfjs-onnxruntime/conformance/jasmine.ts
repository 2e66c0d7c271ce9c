/** The part of jasmine-core's interface that is used here; the package comes without types. */
export interface SpecResult {
  readonly fullName: string;
  readonly status: "passed" | "failed" | "pending" | "excluded";
  readonly failedExpectations: readonly Failure[];
}

export interface Failure {
  readonly message: string;
  readonly stack: string;
}

export interface SuiteResult {
  readonly fullName?: string;
  readonly failedExpectations: readonly Failure[];
}

export interface DoneInfo extends SuiteResult {
  readonly overallStatus: "passed" | "failed" | "incomplete";
  readonly incompleteReason?: string;
}

export interface JasmineEnvironment {
  configure(options: {
    random: boolean;
    forbidDuplicateNames: boolean;
    specFilter: (spec: { getFullName(): string }) => boolean;
  }): void;
  addReporter(reporter: {
    specDone(result: SpecResult): void;
    suiteDone(result: SuiteResult): void;
    jasmineDone(info: DoneInfo): void;
  }): void;
  execute(): Promise<DoneInfo>;
}

export interface JasmineCore {
  /** Puts `describe`, `it` and the like into the global scope. */
  boot(): { getEnv(): JasmineEnvironment };
}

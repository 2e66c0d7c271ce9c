/** A setting in every run. */
export interface SettingRow {
  key: string;
  /** A dash where a run does not have it. */
  values: string[];
  differs: boolean;
}

/** All settings of all runs, in the order in which the first run names them. */
export function settingsOf(configs: readonly Readonly<Record<string, unknown>>[]): SettingRow[] {
  const keys = new Set(configs.flatMap((config) => Object.keys(config)));
  return [...keys].map((key) => {
    const values = configs.map((config) => (key in config ? show(config[key]) : "–"));
    return { key, values, differs: new Set(values).size > 1 };
  });
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.map(show).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

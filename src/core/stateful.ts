/**
 * Making a policy that keeps something over its calls: options that can be changed while it is in use, and a state
 * that all its stages share. The policy itself is what its stages share.
 */
import { missing, readChanges, readOptions, type Rules } from './options.ts';
import { applyStaged } from './staged.ts';
import type { Policy } from './policy.ts';

/** The options of one kind of policy. */
export interface Schema<Options extends object, Settings = Options> {
  readonly kind: string;
  readonly rules: Rules<Options>;
  readonly defaults: Partial<Options>;
  /** The options without which there is no such policy. */
  readonly required?: readonly (keyof Options & string)[];
  /** The options besides `name` that cannot change. */
  readonly fixed?: readonly (keyof Options & string)[];
  /** Makes of all options what the stages read. Throws where they contradict each other. */
  complete(options: Readonly<Options>): Settings;
}

/** Options as `reconfigure` takes them: one that is not named stays, `null` takes one away. */
export type OptionChanges<Options, Fixed extends keyof Options = never> = {
  readonly [Name in Exclude<keyof Options, Fixed | 'name'>]?:
    | Options[Name]
    | (object extends Pick<Options, Name> ? null : never)
    | undefined;
};

/**
 * A built-in policy with options that can change; what was learnt stays when they do. A subclass brings the stage
 * that pipelines make of it: `[stage](place)` of `StagedPolicy`.
 */
export abstract class StatefulPolicy<
  Options extends { name?: string },
  Settings = Options,
> implements Policy {
  readonly kind: string;
  readonly name: string;
  readonly apply: Policy['apply'] = applyStaged;
  /** What the stages read; another object after each change. */
  settings: Settings;
  private readonly schema: Schema<Options, Settings>;
  /** As they were given, without those that have defaults. */
  private given: Partial<Options>;

  constructor(schema: Schema<Options, Settings>, options: Options) {
    const given = readOptions<Options>(schema.kind, options, {}, schema.rules);
    this.kind = schema.kind;
    this.name = given.name ?? schema.kind;
    this.schema = schema;
    this.given = copied(without(given, this.fixed));
    this.settings = this.complete(this.given);
  }

  /** Changes options: all that are named, or none and it throws. */
  reconfigure(changes: OptionChanges<Options>): void {
    const rules = without(this.schema.rules, this.fixed) as Rules<Options>;
    const given = copied(readChanges<Options>(this.kind, changes, this.given, rules));
    this.settings = this.complete(given);
    this.given = given;
    this.reconfigured();
  }

  /** `settings` has changed: whatever else depends on it follows here. */
  protected reconfigured(): void {}

  private get fixed(): readonly string[] {
    return ['name', ...(this.schema.fixed ?? [])];
  }

  private complete(given: Partial<Options>): Settings {
    const { kind, rules, defaults, required = [], complete } = this.schema;
    const options = { ...defaults, ...given } as Options;
    for (const name of required) {
      if (options[name] === undefined) missing(kind, name, rules[name]);
    }
    return complete(options);
  }
}

/** With members of its own where an option is an object: whoever changes that later has not changed the policy. */
function copied<Given extends object>(given: Given): Given {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, isPlain(value) ? { ...value } : value]),
  ) as Given;
}

/** Whether it is an object of facts; one that can do something, like a budget, is itself. */
function isPlain(value: unknown): value is object {
  return (
    value !== null &&
    typeof value === 'object' &&
    Object.getPrototypeOf(value) === Object.prototype &&
    Object.values(value).every((member) => typeof member !== 'function')
  );
}

function without<Given extends object>(given: Given, names: readonly string[]): Partial<Given> {
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => !names.includes(name)),
  ) as Partial<Given>;
}

/**
 * What is wrong with the dependencies at present, whether the play has broken them or somebody on the live page.
 */
import { called, type Dependency, type Fault } from './faults.ts';

const dependencies = Object.keys(called) as Dependency[];

export class Breakdowns {
  readonly faults: readonly Fault[];
  private readonly current: Map<Dependency, { readonly fault: Fault; over: AbortController }> =
    new Map();
  /** One thing after the other: a process that is being started must not be killed meanwhile. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(faults: readonly Fault[]) {
    this.faults = faults;
  }

  /** What somebody may do by hand, by what it is called. */
  get buttons(): string[] {
    return [...this.faults.map(breaking), ...dependencies.map(healing)];
  }

  /** Does what the button is for, and says what came of it. */
  async press(button: string): Promise<string> {
    const fault = this.faults.find((each) => breaking(each) === button);
    const dependency = dependencies.find((each) => healing(each) === button);
    if (fault !== undefined) {
      await this.break(fault);
      return 'it is broken.';
    }
    if (dependency === undefined) throw new Error('There is no such button.');
    await this.heal(dependency);
    return 'it is well.';
  }

  /** Heals what else is wrong with the dependency, and breaks it. */
  break(fault: Fault): Promise<void> {
    return this.next(async () => {
      await this.mend(fault.of);
      const over = new AbortController();
      this.current.set(fault.of, { fault, over });
      await fault.begin(over.signal);
    });
  }

  heal(dependency: Dependency): Promise<void> {
    return this.next(() => this.mend(dependency));
  }

  /** Nothing goes wrong any more by itself. */
  end(): void {
    for (const { over } of this.current.values()) over.abort();
  }

  private async mend(dependency: Dependency): Promise<void> {
    const broken = this.current.get(dependency);
    if (broken === undefined) return;
    broken.over.abort();
    await broken.fault.heal();
    this.current.delete(dependency);
  }

  private next(act: () => Promise<void>): Promise<void> {
    const done = this.last.then(act);
    this.last = done.catch(() => {}); // whoever asked for it hears of it
    return done;
  }
}

const breaking = ({ of, says }: Fault): string => `Break the ${called[of]}: ${says}`;
const healing = (dependency: Dependency): string => `Heal the ${called[dependency]}`;

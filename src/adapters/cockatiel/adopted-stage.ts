import { CustomStage } from '../../core/custom.ts';
import type { EventFields, EventType } from '../../core/events.ts';
import type { Policy } from '../../core/policy.ts';
import type { GaugeReader, Place } from '../../core/stage.ts';
import { counters, type Member, membersOf, type PeerLike, type Teller } from './members.ts';

/** An adopted policy in a pipeline: it is run as any policy of a user's, and its members count as kedge's own kinds. */
export class AdoptedStage extends CustomStage {
  private readonly place: Place;
  private readonly members: readonly Member[];

  constructor(place: Place, policy: Policy<unknown>, peer: PeerLike) {
    super(place, policy);
    this.place = place;
    this.members = membersOf(peer);
    for (const { kind } of this.members) this.countersOf(kind);
  }

  override get readers(): readonly GaugeReader[] {
    const { name } = this;
    return this.members.map(({ kind, gauges, policy }) => ({ name, kind, gauges, gauged: policy }));
  }

  /** What tells of one member, by its kind. */
  teller({ kind }: Member): Teller {
    const reporter = { name: this.name, kind };
    const counts = this.countersOf(kind);
    return {
      count: (counter, by = 1) => {
        counts[counter] = (counts[counter] ?? 0) + by;
      },
      say: <Type extends EventType>(type: Type, fields: EventFields[Type]) =>
        this.place.chain.announce(reporter, type, fields),
      report: (type, fields) => {
        const { metrics, bus } = { metrics: this.place.metrics, bus: this.place.metrics.bus };
        metrics.send(reporter, undefined, type, 'debug', fields, bus);
      },
    };
  }

  private countersOf(kind: string): Record<string, number> {
    return this.place.metrics.countersOf({ name: this.name, kind }, counters[kind] ?? {});
  }
}

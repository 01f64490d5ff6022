import { describe, expect, it } from 'vitest';
import { Fifo, Link } from '../../src/mechanisms/fifo.ts';
import { fc, patience, runs } from '../support/property.ts';

class Member extends Link {
  readonly id: number;

  constructor(id: number) {
    super();
    this.id = id;
  }
}

function idsOf(list: Fifo<Member>): number[] {
  const ids: number[] = [];
  for (let each: Link | undefined = list.first; each !== undefined; each = each.next)
    ids.push((each as Member).id);
  return ids;
}

describe('Fifo', () => {
  it(
    'keeps the order of coming, whoever leaves',
    () => {
      fc.assert(
        fc.property(
          fc.array(
            fc.oneof(
              fc.constant({ push: true } as const),
              fc.record({ leave: fc.nat(30) }),
              fc.constant({ shift: true } as const),
            ),
            { maxLength: 60 },
          ),
          (commands) => {
            const list = new Fifo<Member>();
            const members: Member[] = [];
            const model: number[] = [];
            for (const command of commands) {
              // What a command answers, and what it should.
              const answers: [unknown, unknown][] = [];
              if ('push' in command) {
                const member = new Member(members.length);
                members.push(member);
                list.push(member);
                model.push(member.id);
              } else if ('shift' in command) {
                const { first } = list;
                answers.push([first?.id, model.shift()]);
                if (first !== undefined) list.remove(first);
              } else {
                const member = members[command.leave];
                if (member === undefined) continue;
                const at = model.indexOf(member.id);
                answers.push([list.remove(member), at >= 0]);
                if (at >= 0) model.splice(at, 1);
              }
              for (const [did, should] of answers) expect(did).toBe(should);
              expect(idsOf(list)).toEqual(model);
              expect(list.size).toBe(model.length);
              expect(list.first?.id).toBe(model[0]);
            }
          },
        ),
        runs(1_000),
      );
    },
    patience,
  );

  it('lets go of who has left, and takes them again at the end', () => {
    const list = new Fifo<Member>();
    const [one, two] = [new Member(1), new Member(2)];
    list.push(one);
    list.push(two);
    expect(list.remove(one)).toBe(true);
    expect(one).toMatchObject({ linked: false, previous: undefined, next: undefined });
    expect(list.remove(one)).toBe(false);
    list.push(one);
    expect(idsOf(list)).toEqual([2, 1]);
  });

  it('leaves alone who has never been in it', () => {
    const list = new Fifo<Member>();
    list.push(new Member(1));
    expect(list.remove(new Member(2))).toBe(false);
    expect([idsOf(list), list.size]).toEqual([[1], 1]);
  });
});

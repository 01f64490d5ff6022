/** The policies that a pipeline is made of, as they were given. */
import { check, show, text } from './options.ts';
import type { Absent, Policy } from './policy.ts';

/** The policies that are there, each of them once: one that stood inside itself would wait for itself. */
export function present(
  pipeline: string,
  given: readonly (Policy<unknown> | Absent)[],
): Policy<unknown>[] {
  const policies: Policy<unknown>[] = [];
  given.forEach((policy, position) => {
    if (policy === false || policy === null || policy === undefined) return;
    checkPolicy(pipeline, policy, position);
    if (policies.includes(policy)) {
      throw new TypeError(
        `pipeline '${pipeline}': the policy '${policy.name}' stands there twice. Make a second one.`,
      );
    }
    policies.push(policy);
  });
  return policies;
}

/** Gives those of one name numbers from the second on. */
export function named(policies: readonly Policy<unknown>[]): readonly Policy<unknown>[] {
  const taken = new Set<string>();
  return policies.map((policy) => {
    let { name } = policy;
    for (let count = 2; taken.has(name); count++) name = `${policy.name}-${count}`;
    taken.add(name);
    return name === policy.name
      ? policy
      : (Object.create(policy, { name: { value: name, enumerable: true } }) as typeof policy);
  });
}

function checkPolicy(pipeline: string, policy: unknown, position: number): void {
  const given = policy as Partial<Policy> | null | undefined;
  const fit =
    given !== null &&
    typeof given === 'object' &&
    typeof given.kind === 'string' &&
    typeof given.name === 'string' &&
    typeof given.apply === 'function';
  if (fit) {
    check(`pipeline '${pipeline}': policy ${position + 1}`, 'name', given.name, text);
    return;
  }
  throw new TypeError(
    `pipeline '${pipeline}': expected policy ${position + 1} to be a policy with \`kind\`, \`name\` and \`apply\`, got ${show(policy)}.`,
  );
}

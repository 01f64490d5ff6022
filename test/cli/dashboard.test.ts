// The board: its expressions ask for metrics that there are, and its panels fit.
import { describe, expect, it } from 'vitest';
import { boardOf } from '../../src/cli/dashboard.ts';
import { run } from '../../src/cli/run.ts';
import { families } from '../../src/observe/prometheus/families.ts';

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string }[];
}

const board = boardOf({ prefix: 'kedge_', selector: '' }) as { panels: readonly Panel[] };

async function printed(...args: readonly string[]): Promise<{ code: number; out: string }> {
  let out = '';
  const say = (text: string): void => void (out += text);
  const code = await run(['dashboard', ...args], {
    out: say,
    complain: say,
    fetch,
    columns: Infinity,
    colors: false,
  });
  return { code, out };
}

describe('npx kedge dashboard', () => {
  it('asks for metrics that there are, of the chosen jobs and pipelines', () => {
    const known = new Set(families.map(({ name }) => `kedge_${name}`));
    const exprs = board.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const metrics = exprs.flatMap((expr) => [...expr.matchAll(/\b(kedge_[a-z_]+)(\{[^}]*\})?/g)]);
    expect(
      metrics
        .map(([, name = '']) => name.replace(/_bucket$/, ''))
        .filter((name) => !known.has(name)),
    ).toEqual([]);
    expect(metrics.filter(([, , selector = '']) => !selector.includes('$pipeline'))).toEqual([]);
  });

  it('has panels that do not lie on each other', () => {
    const places = new Set<string>();
    for (const { gridPos } of board.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(places).not.toContain(`${x},${y}`);
          places.add(`${x},${y}`);
        }
    }
  });

  it('prints it as JSON, with another prefix and further matchers', async () => {
    const { code, out } = await printed('--prefix', 'shop_', '--selector', 'env="prod"');
    expect(code).toBe(0);
    const { title } = JSON.parse(out) as { title: string };
    expect(title).toBe('kedge');
    expect(out).not.toContain('kedge_');
    expect(out).toContain(String.raw`env=\"prod\"`);
    expect((await printed('--prefix', '9')).code).toBe(2);
  });
});

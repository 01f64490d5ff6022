/** Numbers in [0, 1) that a seed determines. */
export type Random = () => number;

/**
 * xoshiro128**, seeded by splitmix32 from a seed and a name.
 *
 * Each use has a stream of its own name: a library that draws one more delay must not change the arrivals that
 * the next library sees.
 */
export function seeded(seed: number, name: string): Random {
  let state = seed >>> 0;
  for (const character of name)
    state = Math.imul(state ^ character.charCodeAt(0), 0x01000193) >>> 0;
  const mix = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let [a, b, c, d] = [mix(), mix(), mix(), mix()];
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result / 2 ** 32;
  };
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

/** How long the dependency works on a call, around a mean. */
export type Distribution = 'exponential' | 'lognormal' | 'fixed';

export function draw(kind: Distribution, mean: number, sigma: number, random: Random): number {
  switch (kind) {
    case 'exponential':
      return -mean * Math.log(1 - random());
    case 'lognormal': {
      const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      return mean * Math.exp(sigma * normal - (sigma * sigma) / 2);
    }
    case 'fixed':
      return mean;
  }
}

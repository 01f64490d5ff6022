/** Colours that can be read on each other, whatever the brand's own are (WCAG 2, contrast of 4.5). */

/** `#rgb` or `#rrggbb`. */
export type HexColor = `#${string}`;

type Rgb = readonly [red: number, green: number, blue: number];

const READABLE = 4.5;
const STEPS = 20;
/** Of this luminance, black and white can be read as well as each other. */
const MIDDLE = 0.18;

export function isHexColor(value: unknown): value is HexColor {
  return typeof value === 'string' && /^#(?:[\da-f]{3}|[\da-f]{6})$/i.test(value);
}

/** Nearly black or white, whichever is easier to read; black where neither is easy. */
export function inkOn(background: HexColor): HexColor {
  const around = parse(background);
  const dark = contrast([17, 20, 24], around);
  const light = contrast([255, 255, 255], around);
  if (Math.max(dark, light) < READABLE) return '#000000';
  return dark >= light ? '#111418' : '#ffffff';
}

/** The colour, as little changed as it takes to be read on all of the backgrounds. */
export function readableOn(color: HexColor, ...backgrounds: readonly HexColor[]): HexColor {
  const around = backgrounds.map(parse);
  const own = parse(color);
  const towards: Rgb = Math.min(...around.map(luminance)) > MIDDLE ? [0, 0, 0] : [255, 255, 255];
  for (let step = 0; step <= STEPS; step++) {
    const mixed = mix(own, towards, step / STEPS);
    if (around.every((one) => contrast(mixed, one) >= READABLE)) return format(mixed);
  }
  return format(towards);
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const part = (index: 0 | 1 | 2): number =>
    Math.round(from[index] + (to[index] - from[index]) * share);
  return [part(0), part(1), part(2)];
}

function contrast(one: Rgb, other: Rgb): number {
  const [darker, lighter] = [luminance(one), luminance(other)].toSorted((a, b) => a - b) as [
    number,
    number,
  ];
  return (lighter + 0.05) / (darker + 0.05);
}

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function parse(color: HexColor): Rgb {
  const digits = color.slice(1);
  const full = digits.length === 3 ? digits.replaceAll(/./g, '$&$&') : digits;
  const number = Number.parseInt(full, 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

function format(color: Rgb): HexColor {
  return `#${color.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

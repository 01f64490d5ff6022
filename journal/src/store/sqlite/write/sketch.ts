/** How many different values there were, within 3 %: HyperLogLog (Flajolet, Fusy, Gandouet, Meunier, 2007). */

const BITS = 10;
const SIZE = 1 << BITS;
const ALPHA = 0.7213 / (1 + 1.079 / SIZE);

export class Sketch {
  readonly registers: Uint8Array;

  constructor(registers: Uint8Array = new Uint8Array(SIZE)) {
    this.registers = registers;
  }

  /** A hash of 16 hexadecimal digits. Returns whether that changed anything. */
  add(hash: string): boolean {
    const index = Number.parseInt(hash.slice(0, 4), 16) % SIZE;
    const rest = Number.parseInt(hash.slice(4, 12), 16);
    const rank = Math.clz32(rest) + 1;
    if (!(rank > (this.registers[index] as number))) return false;
    this.registers[index] = rank;
    return true;
  }

  estimate(): number {
    let sum = 0;
    let zeros = 0;
    for (const rank of this.registers) {
      sum += 2 ** -rank;
      if (rank === 0) zeros += 1;
    }
    const raw = (ALPHA * SIZE * SIZE) / sum;
    // Few values leave registers empty, and those tell more.
    return Math.round(raw <= 2.5 * SIZE && zeros > 0 ? SIZE * Math.log(SIZE / zeros) : raw);
  }
}

/** As much of protobuf as OpenTelemetry needs: messages to the objects that its JSON has. */
import { Refusal } from './refusal.ts';

type Scalar = 'string' | 'hex' | 'bool' | 'varint' | 'fixed64' | 'double';
interface Field {
  readonly name: string;
  readonly type: Scalar | (() => Message);
  readonly isRepeated?: boolean;
}
/** By number. What is not named is skipped. */
export type Message = Readonly<Record<number, Field>>;

const DEEPEST = 64;

/** Reads `bytes`. Throws a `Refusal` for what is no message. */
export function decode(message: Message, bytes: Buffer, depth = 0): Record<string, unknown> {
  if (depth > DEEPEST)
    throw new Refusal(400, `The request is nested deeper than ${DEEPEST} levels.`);
  const reader = new Reader(bytes);
  const found: Record<string, unknown> = {};
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    const wire = tag & 7;
    const field = message[tag >>> 3];
    const raw = reader.value(wire);
    if (field === undefined) continue;
    const value = valueOf(field, raw, depth);
    if (value === undefined) continue;
    if (field.isRepeated === true) ((found[field.name] ??= []) as unknown[]).push(value);
    else found[field.name] = value;
  }
  return found;
}

function valueOf({ type }: Field, raw: Buffer | number, depth: number): unknown {
  if (typeof type === 'function') {
    return typeof raw === 'number' ? undefined : decode(type(), raw, depth + 1);
  }
  if (typeof raw === 'number')
    return type === 'bool' ? raw !== 0 : type === 'varint' ? raw : undefined;
  if (type === 'string') return raw.toString('utf8');
  if (type === 'hex') return raw.toString('hex');
  if (raw.length !== 8) return undefined;
  if (type === 'fixed64') return String(raw.readBigUInt64LE());
  return type === 'double' ? raw.readDoubleLE() : undefined;
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

class Reader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  /** A number of wire type 0, or the bytes of all others. */
  value(wire: number): Buffer | number {
    if (wire === VARINT) return this.varint();
    if (wire === FIXED64) return this.take(8);
    if (wire === FIXED32) return this.take(4);
    if (wire === BYTES) return this.take(this.varint());
    throw new Refusal(400, 'The request is no valid protobuf.');
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.bytes[this.at];
      if (byte === undefined) break;
      this.at += 1;
      // Numbers above 2^53 lose their last digits, and negative ones are none that matter here.
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Refusal(400, 'The request is no valid protobuf.');
  }

  private take(length: number): Buffer {
    const end = this.at + length;
    if (!(end <= this.bytes.length)) throw new Refusal(400, 'The request is no valid protobuf.');
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }
}

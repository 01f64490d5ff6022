/**
 * How much of what is asked for a dependency accepts, and with which chance a call should therefore not be sent.
 *
 * The chance of Google's "Site Reliability Engineering" counts over minutes, and by itself it lets go as slowly: the
 * calls of an outage weigh until they leave the window. So as soon as the few calls that are still sent go well again,
 * so much is forgotten of what was asked for in vain that the chance is halved in five or six seconds at most.
 */
import { RollingSums } from './buckets.ts';

/** Calls are told apart by so many levels of importance; the ordinary one is in the middle. */
const levels = 10;
const ordinary = 5;
/** The counters: of requests, one a level; of what came back, and of what of that was accepted. */
const answers = levels;
const accepts = levels + 1;
const counters = levels + 2;

/** What is in the latest answers, in milliseconds. */
const recently = 3_000;
/** The time constant with which the chance falls then, and how often that is looked at, in milliseconds. */
const forgetting = 8_000;
const least = 100;
const most = 1_000;

export class AcceptRatio {
  private readonly sums: RollingSums;
  /** The latest answers: how many, and how many accepts. */
  private readonly latest: RollingSums = new RollingSums(recently, 2);
  private underWay = 0;
  private sentAt = -Infinity;
  private lookedAt = -Infinity;

  constructor(duration: number) {
    this.sums = new RollingSums(duration, counters, Math.random());
  }

  resize(time: number, duration: number): void {
    this.sums.resize(time, duration);
  }

  /** A call of a level is asked for, whether it is sent or not. */
  asked(time: number, level: number): void {
    this.sums.add(time, level);
  }

  /** It is sent. */
  sent(time: number): void {
    this.underWay++;
    this.sentAt = time;
  }

  /** Whether nothing was sent for so long. */
  isProbeDue(time: number, every: number): boolean {
    // A clock that was set back says nothing about how long.
    return time - this.sentAt >= every || time < this.sentAt;
  }

  /** A call that was sent has come back; `undefined` if it says nothing. */
  answered(time: number, accepted: boolean | undefined, ratio: number): void {
    this.underWay--;
    this.sums.add(time, answers);
    // One that says nothing takes its own request out of the formula, as if it had not been made.
    this.sums.add(time, accepts, accepted === undefined ? 1 / ratio : Number(accepted));
    if (accepted === undefined) return;
    this.latest.add(time, 0);
    if (!accepted) return;
    this.latest.add(time, 1);
    this.forget(time, ratio);
  }

  /** The chance with which a call of a level should not be sent: all levels below it are held back before. */
  refusalChance(time: number, level: number, ratio: number): number {
    const { requests, inVain } = this.load(time, ratio);
    if (inVain === 0) return 0;
    const { sums } = this;
    let below = 0;
    for (let each = 0; each < level; each++) below += sums.at(time, each);
    // A level that nobody has asked on yet counts as one call: it must not be held back before one below it.
    const own = Math.max(1, sums.at(time, level));
    const chance = inVain / (requests + 1);
    return Math.min(1, Math.max(0, (chance * requests - below) / own));
  }

  /** The chance over all levels. */
  refusalRatio(time: number, ratio: number): number {
    const { requests, inVain } = this.load(time, ratio);
    return inVain / (requests + 1);
  }

  /** All that was asked for, and how much more that is than may be sent. */
  private load(time: number, ratio: number): { requests: number; inVain: number } {
    const { sums } = this;
    let requests = 0;
    for (let level = 0; level < levels; level++) requests += sums.at(time, level);
    const answered = sums.at(time, answers);
    const known = sums.at(time, accepts);
    // What is under way goes as what has come back went; or a burst on a healthy dependency would be held back.
    const share = answered === 0 ? 1 : Math.min(1, known / answered);
    const accepted = known + Math.min(this.underWay, requests) * share;
    return { requests, inVain: Math.max(0, requests - ratio * accepted) };
  }

  private forget(time: number, ratio: number): void {
    const passed = time - this.lookedAt;
    if (passed >= 0 && passed < least) return;
    this.lookedAt = time;
    const { requests, inVain } = this.load(time, ratio);
    if (inVain === 0 || !this.isWell(time, ratio)) return;
    const wanted =
      (inVain / (requests + 1)) * Math.exp(-Math.min(most, Math.max(0, passed)) / forgetting);
    // So many requests would bring that chance about, with what was accepted.
    const kept = (requests - inVain + wanted) / (1 - wanted) / requests;
    const { sums } = this;
    for (let level = 0; level < levels; level++) sums.scale(time, level, kept);
    const answered = sums.at(time, answers);
    const accepted = Math.min(answered, sums.at(time, accepts));
    sums.scale(time, answers, (accepted + (answered - accepted) * kept) / answered);
  }

  /**
   * Whether more of the latest calls are accepted than of those that a dependency at its limit is sent: of those it
   * accepts one in `ratio`.
   */
  private isWell(time: number, ratio: number): boolean {
    const wanted = Math.min(0.9, (1 + 1 / ratio) / 2);
    return this.latest.at(time, 1) >= wanted * this.latest.at(time, 0);
  }
}

/** The level of a call, by the number that somebody gave it. */
export function levelOf(priority: unknown): number {
  if (typeof priority !== 'number' || Number.isNaN(priority)) return ordinary;
  return Math.min(levels - 1, Math.max(0, Math.round(priority)));
}

/** One failure passes several places that report it: the pipeline, one around it, the framework, the process. */
export class Sightings {
  private readonly seen: WeakMap<object, Set<string>> = new WeakMap();

  /** How many failures an event about `error` adds: none where another place has reported the same one. */
  count(error: unknown, place: string): 0 | 1 {
    if (typeof error !== 'object' || error === null) return 1;
    const places = this.seen.get(error);
    // An error that comes to a place again was thrown again.
    if (places === undefined || places.has(place)) {
      this.seen.set(error, new Set([place]));
      return 1;
    }
    places.add(place);
    return 0;
  }
}

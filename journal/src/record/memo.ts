/** Remembers what was made of short texts that come again; forgets all when there are too many. */
export class Memo {
  private readonly known = new Map<string, string>();
  private readonly most: number;
  private readonly longest: number;

  constructor(most: number, longest: number) {
    this.most = most;
    this.longest = longest;
  }

  get(text: string, make: (text: string) => string): string {
    if (text.length > this.longest) return make(text);
    let made = this.known.get(text);
    if (made === undefined) {
      made = make(text);
      if (this.known.size >= this.most) this.known.clear();
      this.known.set(text, made);
    }
    return made;
  }
}

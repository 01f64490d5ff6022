/** A list in the order of coming, from which any member can leave in O(1): each member is its own place in it. */
export abstract class Link {
  previous: Link | undefined = undefined;
  next: Link | undefined = undefined;
  linked = false;
}

export class Fifo<Member extends Link> {
  first: Member | undefined = undefined;
  size = 0;
  last: Member | undefined = undefined;

  push(member: Member): void {
    member.linked = true;
    member.previous = this.last;
    if (this.last === undefined) this.first = member;
    else this.last.next = member;
    this.last = member;
    this.size++;
  }

  /** Returns false when the member is not in a list. */
  remove(member: Member): boolean {
    if (!member.linked) return false;
    member.linked = false;
    const { previous, next } = member;
    if (previous === undefined) this.first = next as Member | undefined;
    else previous.next = next;
    if (next === undefined) this.last = previous as Member | undefined;
    else next.previous = previous;
    member.previous = member.next = undefined;
    this.size--;
    return true;
  }
}

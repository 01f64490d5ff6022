import type { EventEmitter } from 'node:events';
import { type Scope, storage } from '../../failures/request/scope.ts';

/**
 * Lets the listeners of `emitters` run in the request that these belong to. Node calls them in the context of the
 * connection, which several requests share: behind `request.on('end', …)` nobody would know which one it is.
 */
export function followIn(scope: Scope, ...emitters: readonly EventEmitter[]): void {
  for (const emitter of emitters) {
    const { emit } = emitter;
    emitter.emit = function emitInRequest(...given: Parameters<typeof emit>): boolean {
      return storage.getStore() === scope
        ? emit.apply(this, given)
        : storage.run(scope, () => emit.apply(this, given));
    };
  }
}

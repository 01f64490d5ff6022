/**
 * Runs tests for `npm run test:mutation`, where the first failure decides. Vitest would go on to load all the other
 * files, only to skip them.
 */
import { TestRunner } from 'vitest';

export default class FirstFailureRunner extends TestRunner {
  private decided = false;

  override cancel(...reason: Parameters<TestRunner['cancel']>): void {
    this.decided = true;
    super.cancel(...reason);
  }

  override importFile(...file: Parameters<TestRunner['importFile']>): unknown {
    return this.decided ? undefined : super.importFile(...file);
  }
}

/** For tests of code that uses kedge: virtual time, scripted operations, chaos, and a recorder of events. */
export { chaos, type ChaosOptions } from './chaos.ts';
export { type VirtualClock, virtualClock } from './clock.ts';
export { type Recorder, recorder } from './recorder.ts';
export { type Scripted, scripted, type Step } from './scripted.ts';

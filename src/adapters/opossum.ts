/**
 * opossum's own export on kedge's engine, and live breakers as policies.
 *
 * docs/coming-from/opossum.md says what is the same, and what is not.
 */
import { CircuitBreaker } from './opossum/breaker.ts';

export { adopt, type AdoptOptions, type LiveBreaker } from './opossum/adopt.ts';
// `require` gives the class itself, as opossum's does.
export { CircuitBreaker as default, CircuitBreaker as 'module.exports' };

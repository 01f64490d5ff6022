/** What an attacker did, and what he learns from how long an answer took. */
export {
  type SecurityDetails,
  securityLog,
  type SecurityLog,
  type SecurityLogOptions,
  type SecuritySubject,
} from './security-log.ts';
export { uniformTime } from './uniform-time.ts';

/** What an attacker did, and what he learns from how long an answer took. */
export {
  type SecurityDetails,
  securityLog,
  type SecurityLog,
  type SecurityLogOptions,
  uniformTime,
} from './security-log.ts';

/**
 * Why a goal is not met, by `what` or `what: goal`. A goal that is missed without a reason here shows as such on the
 * page.
 */
export const reasons: Readonly<Record<string, string>> = {};

/** The signal of functions that nobody can interrupt. */
export const neverAborted: AbortSignal = /* @__PURE__ */ new AbortController().signal;

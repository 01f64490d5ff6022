// Public API of 'kedge/fastify'. Written by `npm run api`; do not edit.

// adapters/fastify.d.ts
import type { SafeAnswersOptions } from './answers/options.ts';
export type { SafeAnswersOptions } from './answers/options.ts';
export interface FastifyApplication {
    readonly version: string;
}
export declare function safeAnswers(instance: FastifyApplication, options: SafeAnswersOptions, done: (error?: Error) => void): void;

// adapters/answers/options.d.ts: see kedge-express.d.ts

// failures/handlers.d.ts: see kedge-express.d.ts

// failures/problem/explain.d.ts: see kedge-express.d.ts

// failures/public-error.d.ts: see kedge-express.d.ts

// failures/pages.d.ts: see kedge-express.d.ts

// failures/pages/options.d.ts: see kedge-express.d.ts

// failures/pages/colors.d.ts: see kedge-express.d.ts

// failures/pages/html.d.ts: see kedge-express.d.ts

// failures/pages/texts.d.ts: see kedge-express.d.ts

// failures/problem/texts.d.ts: see kedge-express.d.ts

// failures/pages/view.d.ts: see kedge-express.d.ts

// failures/problem/document.d.ts: see kedge-express.d.ts

// failures/failure.d.ts: see kedge-express.d.ts

// failures/classify.d.ts: see kedge-express.d.ts

// failures/classify/classification.d.ts: see kedge-express.d.ts

// failures/redact.d.ts: see kedge-express.d.ts

// failures/hash.d.ts: see kedge-express.d.ts

// failures/redact/walk.d.ts: see kedge-express.d.ts

// failures/runtime.d.ts: see kedge-express.d.ts

// failures/report.d.ts: see kedge-express.d.ts

// core/events.d.ts: see kedge.d.ts

// core/errors.d.ts: see kedge.d.ts

// core/policy.d.ts: see kedge.d.ts

// failures/report/logger.d.ts: see kedge-express.d.ts

// core/options.d.ts: see kedge.d.ts

/** The console: pages made on the server, and forms that work without a script. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { accountRoutes } from './account-routes.tsx';
import { baseOf, type ConsoleOptions, type Page } from './console.ts';
import { groupRoutes } from './group-routes.tsx';
import { accountOf, headers, isSameOrigin, Stranger } from './guard.ts';
import { memberRoutes } from './member-routes.tsx';
import { projectRoutes } from './project-routes.tsx';
import { style } from './style.ts';

/** In bytes; also of those who are not signed in. */
const LONGEST_FORM = 64 * 1024;

export function consoleApp(options: ConsoleOptions): Page {
  const app: Page = new Hono();

  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(headers)) context.header(name, value);
  });
  app.get('/style.css', (context) =>
    context.body(style, 200, { 'content-type': 'text/css; charset=utf-8' }),
  );
  app.use(async (context, next) => {
    const { method } = context.req;
    if (method !== 'GET' && method !== 'HEAD' && !isSameOrigin(context, options.publicUrl())) {
      return context.text('The form was on a page of another origin.', 403);
    }
    return next();
  });
  app.use(
    bodyLimit({
      maxSize: LONGEST_FORM,
      onError: (context) => context.text('The form is too long.', 413),
    }),
  );
  accountRoutes(app, options);

  // Everything from here on is for those who are signed in.
  app.use(async (context, next) => {
    const account = await accountOf(context, options);
    if (account === undefined) return context.redirect(`${baseOf(options)}/sign-in`, 303);
    context.set('account', account);
    return next();
  });
  app.get('/', (context) => context.redirect(`${baseOf(options)}/groups`, 303));
  groupRoutes(app, options);
  projectRoutes(app, options);
  memberRoutes(app, options);
  app.onError((error, context) => {
    if (error instanceof Stranger) {
      return context.text('The journal has no account of your name: ask an administrator.', 403);
    }
    options.onError(error);
    return context.text('The journal could not do it.', 500);
  });
  app.notFound((context) => context.text('There is nothing here.', 404));
  return app;
}

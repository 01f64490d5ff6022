/** In and out, and the own password. */
import { keyed, rateLimiter, RateLimitedError } from 'kedge';
import { hashPassword, isPassword } from '../access/passwords.ts';
import { type ConsoleOptions, fieldOf, formOf, frameOf, type Page, baseOf } from './console.ts';
import { accountOf, signIn, tokenOf } from './guard.ts';
import { AccountPage, SignIn } from './pages/sign-in.tsx';

const SHORTEST_PASSWORD = 12;
const MINUTE = 60_000;

export function accountRoutes(app: Page, options: ConsoleOptions): void {
  const { store, sessions, publicUrl } = options;
  // Ten guesses a minute at one account; others are not held up.
  const guesses = keyed('journal-sign-in', () => [rateLimiter({ limit: 10, interval: MINUTE })]);

  app.get('/sign-in', (context) => {
    const token = context.req.query('token');
    return context.html(<SignIn frame={frameOf(options)} token={token} />);
  });

  app.post('/sign-in', async (context) => {
    const form = await formOf(context);
    const link = fieldOf(form, 'token');
    const refuse = (said: string, status: 401 | 429) =>
      context.html(<SignIn frame={frameOf(options)} said={said} />, status);
    if (link !== '') {
      const token = await sessions.followLink(link);
      if (token === undefined)
        return refuse('The link was used already, or is older than 15 minutes.', 401);
      signIn(context, token, publicUrl());
      return context.redirect(`${baseOf(options)}/groups`, 303);
    }
    const name = fieldOf(form, 'name').slice(0, 64);
    try {
      const token = await guesses.for(name).execute(async () => {
        const account = (await store.accounts()).find((one) => one.name === name);
        const isRight = await isPassword(
          fieldOf(form, 'password').slice(0, 1_000),
          account?.password,
        );
        return isRight ? sessions.startSession(name) : undefined;
      });
      if (token === undefined) return refuse('Name or password is wrong.', 401);
      signIn(context, token, publicUrl());
      return context.redirect(`${baseOf(options)}/groups`, 303);
    } catch (error) {
      if (error instanceof RateLimitedError)
        return refuse('Too many attempts. Try again in a minute.', 429);
      throw error;
    }
  });

  app.post('/sign-out', async (context) => {
    const token = tokenOf(context);
    if (token !== undefined) await sessions.end(token);
    signIn(context, '', publicUrl());
    return context.redirect(`${baseOf(options)}/sign-in`, 303);
  });

  app.get('/account', async (context) => {
    const account = await accountOf(context, options);
    if (account === undefined) return context.redirect(`${baseOf(options)}/sign-in`, 303);
    return context.html(<AccountPage frame={frameOf(options, account)} />);
  });

  app.post('/account', async (context) => {
    const account = await accountOf(context, options);
    if (account === undefined) return context.redirect(`${baseOf(options)}/sign-in`, 303);
    const password = fieldOf(await formOf(context), 'password');
    const isLong = password.length >= SHORTEST_PASSWORD && password.length <= 1_000;
    if (isLong) {
      // All sessions end with that, also this one.
      await store.saveAccount({ ...account, password: await hashPassword(password) });
      signIn(context, await sessions.startSession(account.name), publicUrl());
    }
    const said = isLong ? 'The password is set.' : 'A password has at least 12 characters.';
    return context.html(
      <AccountPage frame={frameOf(options, account)} said={said} />,
      isLong ? 200 : 400,
    );
  });
}

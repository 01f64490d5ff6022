/** The frame of every page. */
import type { Child, FC } from 'hono/jsx';
import type { Account } from '../../store/store.ts';

export interface Frame {
  /** The path that the journal is reached by. */
  readonly base: string;
  readonly account: Account | undefined;
  /** About the journal itself. */
  readonly alarm?: string | undefined;
}

export const Layout: FC<Frame & { title: string; children?: Child }> = ({
  base,
  account,
  alarm,
  title,
  children,
}) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{title} · kedge journal</title>
      <link rel="stylesheet" href={`${base}/style.css`} />
    </head>
    <body>
      <header>
        <strong>kedge journal</strong>
        {account !== undefined && (
          <>
            <nav aria-label="Main">
              <a href={`${base}/groups`}>Groups</a> · <a href={`${base}/projects`}>Projects</a> ·{' '}
              {account.role === 'administrator' && (
                <>
                  <a href={`${base}/members`}>Members</a> ·{' '}
                </>
              )}
              <a href={`${base}/account`}>{account.name}</a>
            </nav>
            <form method="post" action={`${base}/sign-out`}>
              <button>Sign out</button>
            </form>
          </>
        )}
      </header>
      <main>
        {alarm !== undefined && (
          <p class="said error" role="alert">
            {alarm}
          </p>
        )}
        <h1>{title}</h1>
        {children}
      </main>
    </body>
  </html>
);

export const Said: FC<{ text: string | undefined }> = ({ text }) =>
  text === undefined ? null : (
    <p class="said" role="status">
      {text}
    </p>
  );

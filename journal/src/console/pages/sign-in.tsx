import type { FC } from 'hono/jsx';
import { described } from '../../access/roles.ts';
import { type Frame, Layout, Said } from './layout.tsx';

interface Props {
  readonly frame: Frame;
  /** Of a link. It is followed by a button, so that nobody who only looks at a mail uses it up. */
  readonly token?: string | undefined;
  readonly said?: string | undefined;
}

export const SignIn: FC<Props> = ({ frame, token, said }) => (
  <Layout {...frame} title="Sign in">
    <Said text={said} />
    {token === undefined ? (
      <form method="post" action={`${frame.base}/sign-in`} class="row">
        <label>
          Name
          <input name="name" autocomplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <button>Sign in</button>
      </form>
    ) : (
      <form method="post" action={`${frame.base}/sign-in`} class="row">
        <input type="hidden" name="token" value={token} />
        <button>Sign in with this link</button>
      </form>
    )}
    {token === undefined && (
      <p class="dim">
        Without a password, ask for a link: <code>kedge-journal user link NAME</code>
      </p>
    )}
  </Layout>
);

export const AccountPage: FC<{ frame: Frame; said?: string | undefined }> = ({ frame, said }) => (
  <Layout {...frame} title="Account">
    <Said text={said} />
    <p>
      {frame.account?.name} is {frame.account === undefined ? 'nobody' : described(frame.account)}.
    </p>
    <form method="post" action={`${frame.base}/account`} class="row">
      {/* Programs that keep passwords want to know whose it is. */}
      <input name="name" value={frame.account?.name} autocomplete="username" readonly hidden />
      <label>
        New password, at least 12 characters
        <input
          name="password"
          type="password"
          autocomplete="new-password"
          minlength={12}
          required
        />
      </label>
      <button>Set password</button>
    </form>
  </Layout>
);

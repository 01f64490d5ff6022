import type { FC } from 'hono/jsx';
import { described, roles } from '../../access/roles.ts';
import type { Account, Project } from '../../store/store.ts';
import { type Frame, Layout, Said } from './layout.tsx';

export interface MembersView {
  readonly frame: Frame;
  readonly accounts: readonly Account[];
  readonly projects: readonly Project[];
  readonly said?: string | undefined;
  /** To be handed on: it signs somebody in. */
  readonly link?: string | undefined;
}

export const Members: FC<MembersView> = (view) => (
  <Layout {...view.frame} title="Members">
    <Said text={view.said} />
    {view.link !== undefined && (
      <p>
        <code>{view.link}</code>
      </p>
    )}
    <div class="scroll" tabindex={0} role="region" aria-label="Members">
      <table>
        <thead>
          <tr>
            <th>Name</th>
            <th>May</th>
            <th>Change</th>
          </tr>
        </thead>
        <tbody>
          {view.accounts.map((account) => (
            <Member {...view} account={account} />
          ))}
        </tbody>
      </table>
    </div>
    <h2>Somebody new</h2>
    <form method="post" action={`${view.frame.base}/members`} class="row">
      <label>
        Name
        <input name="name" required maxlength={64} autocomplete="off" />
      </label>
      <Role {...view} isNew />
      <button name="action" value="add">
        Add member
      </button>
    </form>
  </Layout>
);

const Member: FC<MembersView & { account: Account }> = (view) => {
  const { name } = view.account;
  return (
    <tr>
      <td>{name}</td>
      <td>{described(view.account)}</td>
      <td>
        <form method="post" action={`${view.frame.base}/members`} class="row">
          <input type="hidden" name="name" value={name} />
          <Role {...view} />
          <button name="action" value="set">
            Set
          </button>
          <button name="action" value="link">
            Link to sign in
          </button>
          <button name="action" value="remove">
            Remove
          </button>
        </form>
      </td>
    </tr>
  );
};

const Role: FC<MembersView & { isNew?: boolean }> = ({ projects, isNew = false }) => (
  <>
    <label>
      Role
      <select name="role">
        {[...roles, ...(isNew ? [] : ['none'])].map((role) => (
          <option value={role}>{role}</option>
        ))}
      </select>
    </label>
    <label>
      Of
      <select name="project">
        <option value="">all projects</option>
        {projects.map(({ id, name }) => (
          <option value={String(id)}>{name}</option>
        ))}
      </select>
    </label>
  </>
);

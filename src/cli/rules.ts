/** `npx kedge rules`: alerts and recorded series for Prometheus. */
import { version } from '../observe/version.ts';
import { type Command, parsed } from './command.ts';
import { checkNaming, expect, namingOptions, namingUsage } from './naming.ts';
import { rulesFile } from './rules/file.ts';

const runbooks = `https://unpkg.com/kedge@${version}/docs/runbooks`;

const usage = `kedge rules [options] > kedge.rules.yml

  Prints recording and alerting rules for the metrics of kedge ${version}.

${namingUsage}
  --for-scale NUMBER    what the time is multiplied with for which an alert must hold  (1)
  --severity-label NAME the label that says 'page' or 'ticket'  (severity)
  --runbook-base URL    where docs/runbooks is
                        (${runbooks})
  --objective NUMBER    the share of calls that is to be answered, 0.9 to 0.99999  (0.999)`;

const options = {
  ...namingOptions,
  'for-scale': { type: 'string', default: '1' },
  'severity-label': { type: 'string', default: 'severity' },
  'runbook-base': { type: 'string', default: runbooks },
  objective: { type: 'string', default: '0.999' },
} as const;

export const rules: Command = {
  does: 'prints alerting and recording rules for Prometheus',
  usage,
  run(args, terminal) {
    const { values } = parsed(args, options, 0);
    checkNaming(values);
    const { 'for-scale': scale, 'severity-label': severityLabel, objective } = values;
    const base = values['runbook-base'].replace(/\/+$/, '');
    expect('for-scale', 'a number above 0', /^(?!0*\.?0*$)\d{0,6}(?:\.\d{1,6})?$/, scale);
    expect('severity-label', 'the name of a label', /^[a-zA-Z_]\w*$/, severityLabel);
    expect('runbook-base', 'an address', /^https?:\/\/\S+$/, base);
    expect('objective', 'a number from 0.9 to 0.99999', /^0?\.9\d{0,5}$/, objective);
    terminal.out(
      rulesFile({
        prefix: values.prefix,
        selector: values.selector,
        scale: Number(scale),
        severityLabel,
        runbooks: base,
        objective: Number(objective),
      }),
    );
  },
};

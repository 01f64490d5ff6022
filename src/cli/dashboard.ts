/** `npx kedge dashboard`: a board for Grafana. */
import { version } from '../observe/version.ts';
import { type Command, parsed } from './command.ts';
import { type Panel, rowsOf } from './dashboard/panels.ts';
import { checkNaming, namingOptions, namingUsage } from './naming.ts';
import { Metrics, type Naming } from './rules/metrics.ts';

const usage = `kedge dashboard [options] > kedge.dashboard.json

  Prints a dashboard for Grafana 9 or newer, for the metrics of kedge ${version}.

${namingUsage}`;

export const dashboard: Command = {
  does: 'prints a dashboard for Grafana',
  usage,
  run(args, terminal) {
    const { values } = parsed(args, namingOptions, 0);
    checkNaming(values);
    terminal.out(`${JSON.stringify(boardOf(values), undefined, 2)}\n`);
  },
};

const datasource = { type: 'prometheus', uid: '${datasource}' };

export function boardOf(naming: Naming): object {
  const m = new Metrics(naming);
  const panels: object[] = [];
  let y = 0;
  let id = 1;
  for (const row of rowsOf(m)) {
    panels.push({
      id: id++,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: 24, h: 1 },
      panels: [],
    });
    y++;
    let x = 0;
    for (const panel of row.panels) {
      if (x + panel.width > 24) [x, y] = [0, y + height];
      panels.push({ id: id++, gridPos: { x, y, w: panel.width, h: height }, ...panelOf(panel) });
      x += panel.width;
    }
    y += height;
  }
  return {
    title: 'kedge',
    uid: 'kedge',
    description: `Pipelines of kedge ${version}.`,
    tags: ['kedge'],
    schemaVersion: 37,
    editable: true,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: variablesOf(m) },
    panels,
  };
}

const height = 7;

const values = (name: string, query: string): object => ({
  name,
  type: 'query',
  datasource,
  query: { query, refId: name },
  definition: query,
  refresh: 2,
  includeAll: true,
  multi: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
  sort: 1,
});

function variablesOf(m: Metrics): object[] {
  return [
    { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
    values('job', `label_values(${m.of('info')}, job)`),
    values('pipeline', `label_values(${m.of('executions_total', 'job=~"$job"')}, pipeline)`),
  ];
}

function panelOf({ title, says, type, unit, max, stacked, words, queries }: Panel): object {
  const isTable = type === 'table';
  return {
    type,
    title,
    description: says,
    datasource,
    targets: queries.map(({ expr, legend }, at) => ({
      refId: String.fromCharCode(65 + at),
      datasource,
      expr,
      legendFormat: legend,
      ...(isTable && { format: 'table', instant: true }),
    })),
    fieldConfig: {
      defaults: {
        min: 0,
        ...(isTable && { min: undefined }),
        ...(unit !== undefined && { unit }),
        ...(max !== undefined && { max }),
        ...(words !== undefined && {
          mappings: [
            {
              type: 'value',
              options: Object.fromEntries(
                words.map(([value, text, color], index) => [value, { text, color, index }]),
              ),
            },
          ],
        }),
        ...(type === 'timeseries' && {
          custom: {
            fillOpacity: stacked ? 40 : 5,
            stacking: { mode: stacked ? 'normal' : 'none' },
          },
        }),
      },
      overrides: [],
    },
    options: type === 'state-timeline' ? { mergeValues: true, showValue: 'auto' } : {},
    ...(isTable && {
      transformations: [{ id: 'organize', options: { excludeByName: { Time: true } } }],
    }),
  };
}

/** A process: users who ask a server over connections that stay open; the next ones come when all are answered. */
import { connect } from 'node:net';

const [port, many] = process.argv.slice(2).map(Number) as [number, number];
let path = '/0';
let waiting = 0;

const connections = Array.from({ length: many }, () =>
  connect(port, '127.0.0.1')
    .on('error', () => {}) // the server has ended
    .on('data', (data) => {
      // Answers are short, and come in one piece.
      if (!data.includes('HTTP/1.1')) return;
      waiting--;
      if (waiting === 0) ask();
    }),
);

function ask(): void {
  waiting = many;
  const request = `GET ${path} HTTP/1.1\r\nhost: shop\r\naccept: application/json\r\n\r\n`;
  for (const connection of connections) connection.write(request);
}

process.on('message', (wanted: string) => {
  path = wanted;
  if (waiting === 0) ask();
});
process.on('disconnect', () => process.exit());

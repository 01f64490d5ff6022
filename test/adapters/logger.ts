import type { Logger } from 'kedge/process';

/** Keeps what is logged, as the lines of JSON that would be written. */
export class Lines implements Logger {
  readonly lines: Record<string, unknown>[] = [];

  debug = (object: object, message: string): void => this.write('debug', object, message);
  info = (object: object, message: string): void => this.write('info', object, message);
  warn = (object: object, message: string): void => this.write('warn', object, message);
  error = (object: object, message: string): void => this.write('error', object, message);

  get text(): string {
    return this.lines.map((line) => JSON.stringify(line)).join('\n');
  }

  private write(level: string, object: object, msg: string): void {
    this.lines.push(
      JSON.parse(JSON.stringify({ level, ...object, msg })) as Record<string, unknown>,
    );
  }
}

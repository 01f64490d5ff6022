// A client that shows an answer as it came: how it ended, too.
import { type IncomingHttpHeaders, request } from 'node:http';

export interface Got {
  readonly status: number;
  readonly statusMessage: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The connection broke off before the answer was whole. */
  readonly cutOff: boolean;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Called when a piece of the body has arrived. */
  readonly onPiece?: () => void;
}

export function ask(
  url: string,
  { method = 'GET', headers = {}, body, onPiece }: Asking = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        onPiece?.();
      });
      response.on('error', () => {});
      response.on('close', () =>
        resolve({
          status: response.statusCode ?? 0,
          statusMessage: response.statusMessage ?? '',
          headers: response.headers,
          text,
          cutOff: !response.complete,
        }),
      );
    });
    // Broken off before its first line had left.
    asking.on('error', (error: Error & { code?: string }) => {
      const nothing = { status: 0, statusMessage: '', headers: {}, text: '', cutOff: true };
      if (error.code === 'ECONNRESET') resolve(nothing);
      else reject(error);
    });
    asking.end(body);
  });
}

/** The document of a problem. */
export function documentOf({ text }: Got): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}

export const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

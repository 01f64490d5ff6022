// Chromium without a window, spoken to in its own protocol.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const places = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** How a page is shown. */
export interface Look {
  readonly scheme: 'light' | 'dark';
  readonly width: number;
  readonly height: number;
  /** Whether scripts of the page run. @default true */
  readonly scripts?: boolean;
}

export interface Browser extends AsyncDisposable {
  /** Shows an address; what it complained about comes back. */
  open(url: string, look: Look): Promise<string[]>;
  /** Runs an expression in the page and returns its value. */
  evaluate<T>(expression: string): Promise<T>;
  /** Presses a key: `Tab`, `Enter`, or one that writes a character. */
  press(key: string): Promise<void>;
  /** A PNG of all of the page, in base64. */
  screenshot(): Promise<string>;
}

/** Keys that are no characters. */
const keys: Readonly<Record<string, { readonly code: number; readonly text?: string }>> = {
  Tab: { code: 9 },
  Enter: { code: 13, text: '\r' },
};

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

export async function chromium(): Promise<Browser> {
  const binary = places.find((place) => place !== undefined && existsSync(place));
  if (binary === undefined) {
    throw new Error('There is no Chromium. On Debian: apt-get install -y chromium');
  }
  const profile = mkdtempSync(join(tmpdir(), 'kedge-browser-'));
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars'];
  const own = [`--user-data-dir=${profile}`, '--remote-debugging-port=0', 'about:blank'];
  const running = spawn(binary, [...flags, ...own], { stdio: ['ignore', 'ignore', 'pipe'] });
  const socket = new WebSocket(await endpointOf(running));
  await new Promise((resolve) => {
    socket.addEventListener('open', resolve, { once: true });
  });

  let next = 0;
  const waiting = new Map<number, (message: Message) => void>();
  const listeners = new Set<(message: Message) => void>();
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    if (message.id !== undefined) waiting.get(message.id)?.(message);
    for (const listener of listeners) listener(message);
  });
  const send = (
    method: string,
    params: object = {},
    sessionId?: string,
  ): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const id = ++next;
      waiting.set(id, ({ result, error }) => {
        waiting.delete(id);
        if (error === undefined) resolve(result ?? {});
        else reject(new Error(`${method}: ${error.message}`));
      });
      socket.send(JSON.stringify({ id, method, params, sessionId }));
    });

  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const attached = await send('Target.attachToTarget', { targetId, flatten: true });
  const session = String(attached['sessionId']);
  const page = (method: string, params: object = {}): Promise<Record<string, unknown>> =>
    send(method, params, session);
  await Promise.all(['Page', 'Runtime', 'Log', 'Network'].map((name) => page(`${name}.enable`)));

  return {
    async open(url, { scheme, width, height, scripts = true }) {
      const complaints: string[] = [];
      await page('Emulation.setScriptExecutionDisabled', { value: !scripts });
      await page('Emulation.setDeviceMetricsOverride', {
        width,
        height,
        deviceScaleFactor: 2,
        mobile: width < 600,
      });
      await page('Emulation.setEmulatedMedia', {
        features: [{ name: 'prefers-color-scheme', value: scheme }],
      });
      await new Promise<void>((resolve, reject) => {
        const listener = ({ method, params }: Message): void => {
          if (method === 'Log.entryAdded') complaints.push(JSON.stringify(params?.['entry']));
          if (method === 'Runtime.exceptionThrown')
            complaints.push(JSON.stringify(params?.['exceptionDetails']));
          if (method !== 'Page.loadEventFired') return;
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
        page('Page.navigate', { url }).catch(reject);
      });
      return complaints;
    },
    async evaluate<T>(expression: string) {
      const options = { expression, awaitPromise: true, returnByValue: true };
      const answer = await page('Runtime.evaluate', options);
      if (answer['exceptionDetails'] !== undefined) {
        throw new Error(JSON.stringify(answer['exceptionDetails']));
      }
      return (answer['result'] as { value: T }).value;
    },
    async press(key) {
      const known = keys[key];
      const text = known?.text ?? (known === undefined ? key : undefined);
      const event = { key, ...(known && { windowsVirtualKeyCode: known.code }) };
      await page('Input.dispatchKeyEvent', { type: 'keyDown', ...event, text });
      await page('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
    },
    async screenshot() {
      return String(
        (await page('Page.captureScreenshot', { captureBeyondViewport: true }))['data'],
      );
    },
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => {
        running.once('exit', resolve);
      });
      await send('Browser.close').catch(() => {});
      await ended;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Where it listens: it says so on standard error. */
function endpointOf(running: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    running.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      const found = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    running.once('exit', () => reject(new Error(`Chromium has ended: ${text}`)));
  });
}

// Compiled and run against the packed tarball by scripts/consumer.ts: the real clients take what is made for them.
import { pipeline } from 'kedge';
import { resilientAxios } from 'kedge/axios';
import { resilientFetch } from 'kedge/http';
import { protect } from 'kedge/protect';
import { resilientInterceptor } from 'kedge/undici';
import axios, { type AxiosAdapter } from 'axios';
import { Agent, type Dispatcher } from 'undici';

const fetch: typeof globalThis.fetch = resilientFetch();
const adapter: AxiosAdapter = resilientAxios();
const interceptor: Dispatcher.DispatcherComposeInterceptor = resilientInterceptor();

const http = axios.create({ adapter });
const dispatcher = new Agent().compose(interceptor);
const store = protect(new Map([['sku', 7]]), { pipeline: pipeline('store'), methods: ['get'] });

const response = await fetch('data:text/plain,hello');
if ((await response.text()) !== 'hello') throw new Error('fetch');
if ((await Promise.resolve(store.get('sku'))) !== 7 || !(store instanceof Map))
  throw new Error('protect');
const refused = await http
  .get('http://127.0.0.1:1/', { timeout: 1 })
  .catch((error: unknown) => error);
if (!axios.isAxiosError(refused)) throw new Error('axios');
await dispatcher.close();

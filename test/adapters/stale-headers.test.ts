// Which headers of the answer that there would have been go from the answer to an error.
import { describe, expect, it } from 'vitest';
import { staleHeaders } from '../../src/adapters/answers/headers.ts';

const going =
  `cache-control cdn-cache-control cloudflare-cdn-cache-control edge-control Edge-Cache-Tag akamai-cache-control
  surrogate-control surrogate-key cache-tag cache-tags cdn-tag x-fastly-ttl x-varnish-ttl x-accel-expires
  x-accel-redirect x-sendfile etag last-modified content-md5 digest repr-digest content-digest
  x-goog-hash x-goog-stored-content-length x-goog-generation x-amz-checksum-sha256 x-amz-content-sha256
  x-amz-version-id x-ms-blob-content-md5 x-ms-content-crc64 x-oss-hash-crc64ecma x-cos-hash-crc64ecma x-bz-content-sha1
  x-checksum-sha256 x-content-digest use-as-dictionary available-dictionary dictionary-id`.split(
    /\s+/,
  );

const staying =
  `access-control-allow-origin x-request-id traceparent set-cookie strict-transport-security vary
  content-security-policy x-content-type-options x-frame-options cross-origin-resource-policy server-timing www-authenticate
  retry-after ratelimit x-ratelimit-remaining x-amz-request-id x-ms-request-id x-goog-request-id date link
  x-edge-request-id x-amzn-trace-id cf-ray`.split(/\s+/);

describe('of the answer to an error', () => {
  it.each(going)('%s goes', (name) => {
    expect(staleHeaders([name])).toEqual([name]);
  });

  it.each(staying)('%s stays', (name) => {
    expect(staleHeaders([name])).toEqual([]);
  });
});

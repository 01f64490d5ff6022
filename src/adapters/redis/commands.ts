/**
 * Redis commands by what they do (https://redis.io/docs/latest/commands/). What is in neither list is left alone: what
 * blocks, subscribes, watches, or belongs to the connection.
 */

const reads = `bitcount bitfield_ro bitpos dbsize echo exists expiretime geodist geohash geopos georadius_ro
  georadiusbymember_ro geosearch get getbit getrange hexists hexpiretime hget hgetall hkeys hlen hmget hpexpiretime hpttl
  hrandfield hscan hstrlen httl hvals keys lastsave lcs lindex llen lolwut lpos lrange mget pexpiretime pfcount ping pttl
  randomkey scan scard sdiff sinter sintercard sismember smembers smismember srandmember sscan strlen substr sunion time
  ttl type xlen xpending xrange xrevrange zcard zcount zdiff zinter zintercard zlexcount zmscore zrandmember zrange
  zrangebylex zrangebyscore zrank zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore zunion`;

const writes = `append bitfield bitop copy decr decrby del eval evalsha evalro evalsharo expire expireat fcall flushall
  flushdb geoadd georadius georadiusbymember geosearchstore getdel getex getset hdel hexpire hexpireat hincrby
  hincrbyfloat hmset hpersist hpexpire hpexpireat hset hsetnx incr incrby incrbyfloat linsert lmove lmpop lpop lpush
  lpushx lrem lset ltrim migrate move mset msetnx persist pexpire pexpireat pfadd pfmerge psetex publish rename renamenx
  restore rpop rpoplpush rpush rpushx sadd sdiffstore set setbit setex setnx setrange sinterstore smove sort spop
  spublish srem sunionstore swapdb touch unlink xack xadd xautoclaim xclaim xdel xgroup xsetid xtrim zadd zdiffstore
  zincrby zinterstore zmpop zpopmax zpopmin zrangestore zrem zremrangebylex zremrangebyrank zremrangebyscore zunionstore`;

/** What waits until somebody else writes, and keeps all that follows on its connection waiting. */
const blocks = `blpop brpop brpoplpush blmove blmpop bzpopmin bzpopmax bzmpop xread xreadgroup wait waitaof`;

const list = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));
const reading = list(reads);
const writing = list(writes);
const blocking = list(blocks);

/** What the method of a client does: node-redis has `hGetAll` and `HGETALL`, ioredis `hgetall` and `hgetallBuffer`. */
export function effectOf(method: string): 'read' | 'write' | undefined {
  const name = method.toLowerCase().replace(/buffer$/, '');
  if (reading.has(name)) return 'read';
  return writing.has(name) ? 'write' : undefined;
}

/** What a call does, also where the command is an argument: `call('get', …)` of ioredis, `sendCommand(['GET', …])`. */
export function effectOfCall(
  method: string,
  args: readonly unknown[],
): 'read' | 'write' | undefined {
  const name = commandOf(method, args);
  return name === undefined ? undefined : effectOf(name);
}

export const isBlocking = (method: string, args: readonly unknown[]): boolean =>
  blocking.has(
    commandOf(method, args)
      ?.toLowerCase()
      .replace(/buffer$/, '') ?? '',
  );

/** Whether it runs a script, of which an error undoes nothing: what it had written by then stays. */
export const isScript = (method: string, args: readonly unknown[]): boolean =>
  /^(?:eval|evalsha|fcall)(?:buffer)?$/i.test(commandOf(method, args) ?? '');

/** The command of a call. */
export function commandOf(method: string, [first]: readonly unknown[]): string | undefined {
  if (method === 'call' || method === 'callBuffer') return textOf(first);
  if (method === 'sendCommand' || method === 'addCommand')
    return Array.isArray(first) ? textOf(first[0]) : undefined;
  return method;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || value instanceof Uint8Array ? String(value) : undefined;

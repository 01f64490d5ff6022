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

const list = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));
const reading = list(reads);
const writing = list(writes);

/** What the method of a client does: node-redis has `hGetAll` and `HGETALL`, ioredis `hgetall` and `hgetallBuffer`. */
export function effectOf(method: string): 'read' | 'write' | undefined {
  const name = method.toLowerCase().replace(/buffer$/, '');
  if (reading.has(name)) return 'read';
  return writing.has(name) ? 'write' : undefined;
}

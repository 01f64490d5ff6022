import { describe, expect, it } from 'vitest';
import { framesOfStack } from '../../src/record/stacks.ts';

const stacks: Record<string, { text: string; frames: object[] }> = {
  node: {
    text: `OrderError: failed
    at placeOrder (file:///srv/shop/src/orders.mjs:10:33)
    at async Promise.all (index 0)
    at async node:internal/modules/esm/loader:647:26
    at /srv/shop/src/main.mjs:4:80 {
  [cause]: RangeError: out of range
      at loadRow (/srv/shop/src/rows.mjs:1:1)
}`,
    frames: [
      { file: '/srv/shop/src/main.mjs', line: 4, column: 80, inApp: true },
      { file: 'node:internal/modules/esm/loader', inApp: false },
      { file: '/srv/shop/src/orders.mjs', function: 'placeOrder', line: 10, inApp: true },
    ],
  },
  python: {
    text: `Traceback (most recent call last):
  File "/srv/billing/rows.py", line 3, in inner
    raise KeyError(row)
KeyError: 'row'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/billing/orders.py", line 12, in outer
    inner()
  File "/usr/lib/python3/dist-packages/x/y.py", line 7, in call
OrderError: order 8123 failed`,
    frames: [
      { file: '/srv/billing/orders.py', function: 'outer', line: 12, inApp: true },
      { file: '/usr/lib/python3/dist-packages/x/y.py', function: 'call', inApp: false },
    ],
  },
  java: {
    text: `com.example.OrderException: order 8123 failed
\tat com.example.Orders.place(Orders.java:41)
\tat java.base/java.lang.Thread.run(Thread.java:1583)
Caused by: java.lang.IllegalStateException: row
\tat com.example.Rows.load(Rows.java:9)
\t... 2 more`,
    frames: [
      { module: 'java.lang.Thread', function: 'run', inApp: false },
      {
        module: 'com.example.Orders',
        function: 'place',
        file: 'Orders.java',
        line: 41,
        inApp: true,
      },
    ],
  },
  csharp: {
    text: `Shop.OrderException: order 8123 failed
   at Shop.Orders.Place(Int32 id) in /src/Shop/Orders.cs:line 41
   at System.Threading.Tasks.Task.Execute()`,
    frames: [
      { module: 'System.Threading.Tasks.Task', function: 'Execute', inApp: false },
      {
        module: 'Shop.Orders',
        function: 'Place',
        file: '/src/Shop/Orders.cs',
        line: 41,
        inApp: true,
      },
    ],
  },
  go: {
    text: `goroutine 1 [running]:
example.com/edge/orders.(*Store).Place(0xc000012345, 0x1fbb)
\t/srv/edge/orders/store.go:41 +0x1d
main.main()
\t/srv/edge/main.go:12 +0x25
created by net/http.(*Server).Serve in goroutine 1
\t/usr/local/go/src/net/http/server.go:3086 +0x5cb`,
    frames: [
      { file: '/usr/local/go/src/net/http/server.go', inApp: false },
      { module: 'main', function: 'main', line: 12, inApp: true },
      { module: 'example.com/edge/orders', function: '(*Store).Place', line: 41, inApp: true },
    ],
  },
  ruby: {
    text: `/srv/admin/orders.rb:13:in \`rescue in outer': order 8123 failed (OrderError)
\tfrom /srv/admin/orders.rb:13:in \`outer'
\tfrom /var/lib/gems/3.1.0/gems/rack-2.2/lib/rack.rb:7:in 'Rack#call'`,
    frames: [
      {
        file: '/var/lib/gems/3.1.0/gems/rack-2.2/lib/rack.rb',
        function: 'Rack#call',
        inApp: false,
      },
      { file: '/srv/admin/orders.rb', function: 'outer', line: 13, inApp: true },
    ],
  },
  php: {
    text: `OrderException: order 8123 failed in /srv/shop/src/Orders.php:41
Stack trace:
#0 /srv/shop/src/Checkout.php(12): Shop\\Orders->place(8123)
#1 /srv/shop/vendor/slim/App.php(99): Slim\\App->run()
#2 {main}`,
    frames: [
      { file: '/srv/shop/vendor/slim/App.php', function: 'run', inApp: false },
      {
        file: '/srv/shop/src/Checkout.php',
        module: 'Shop\\Orders',
        function: 'place',
        line: 12,
        inApp: true,
      },
    ],
  },
};

describe('stacks as text', () => {
  it.each(Object.keys(stacks))(
    'of %s are read, outermost first, without those of causes',
    (language) => {
      const { text, frames } = stacks[language]!;
      expect(framesOfStack(text, [])).toMatchObject({ platform: language, frames });
    },
  );

  it('that are none have no frames', () => {
    expect(framesOfStack('at last, something failed: a (b) c:1:2', []).frames).toEqual([]);
    expect(framesOfStack('', []).frames).toEqual([]);
  });

  it('that are meant to take long do not', () => {
    const cut: string[] = [];
    for (const line of ['    at ', '\tat a.', '#0 ', '  File "', 'x:', '\t/a.go:']) {
      expect(framesOfStack(line.repeat(100_000), cut).frames.length).toBeLessThanOrEqual(50);
    }
  });
});

// Unchanged sentry-go of Debian. The DSN is all that it is told.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/getsentry/sentry-go"
)

type orderError struct{ at int }

func (e *orderError) Error() string { return fmt.Sprintf("order %d cannot be cancelled", e.at) }

func cancelOrder(at int) error { return &orderError{at} }

func main() {
	err := sentry.Init(sentry.ClientOptions{Dsn: os.Getenv("DSN"), Release: "shop@2.4.0"})
	if err != nil {
		panic(err)
	}
	for at := 0; at < 20; at++ {
		sentry.CaptureException(cancelOrder(at))
	}
	sentry.CaptureMessage("stock is low")
	sentry.Flush(10 * time.Second)
}

# Unchanged sentry-raven of Debian. The DSN is all that it is told.
require 'sentry-raven-without-integrations'

Raven.configure do |config|
  config.dsn = ENV['DSN']
  config.release = 'shop@2.4.0'
end

class OrderError < StandardError; end

def cancel_order(at)
  raise OrderError, "order #{at} cannot be cancelled"
end

20.times do |at|
  cancel_order(at)
rescue OrderError => e
  Raven.capture_exception(e)
end

// Unchanged OpenTelemetry: address and key come from its own variables.
import { SpanStatusCode } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

const logs = new LoggerProvider({
  processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })],
});
const traces = new BasicTracerProvider({
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});

function chargeCard() {
  throw new RangeError('card is not accepted');
}

for (let at = 0; at < 10; at++) {
  try {
    chargeCard();
  } catch (error) {
    logs.getLogger('shop').emit({
      severityNumber: SeverityNumber.ERROR,
      body: error.message,
      attributes: {
        'exception.type': error.name,
        'exception.message': error.message,
        'exception.stacktrace': error.stack,
      },
    });
    const span = traces.getTracer('shop').startSpan('charge');
    span.recordException(error);
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }
}
logs.getLogger('shop').emit({ severityNumber: SeverityNumber.INFO, body: 'nothing of interest' });
await Promise.all([logs.shutdown(), traces.shutdown()]);

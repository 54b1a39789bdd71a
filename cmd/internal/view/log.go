package view

import "github.com/rs/zerolog"

// SafeLog makes a line of the log harmless for a terminal: zerolog's ConsoleWriter quotes the texts of fields, but not messages, nor what is
// within lists and objects.
func SafeLog(event map[string]any) error {
	for name, v := range event {
		if _, text := v.(string); !text || name == zerolog.MessageFieldName {
			event[name] = safeValue(v)
		}
	}
	return nil
}

func safeValue(v any) any {
	switch v := v.(type) {
	case string:
		return Safe(v)
	case []any:
		for i := range v {
			v[i] = safeValue(v[i])
		}
	case map[string]any:
		for name, inner := range v {
			delete(v, name)
			v[Safe(name)] = safeValue(inner)
		}
	}
	return v
}

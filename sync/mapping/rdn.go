package mapping

import (
	"encoding/asn1"
	"fmt"
	"unicode/utf8"
)

// rdn is the value of the first attribute of a DN's first RDN, unescaped: Ann, Smith of cn=Ann\, Smith+uid=7,dc=x. The
// whole DN has to be one. "" is the DN of nothing, and has none.
func rdn(dn string) (string, error) {
	if dn == "" {
		return "", nil
	}
	value, err := parseDN(dn)
	if err != nil {
		return "", fmt.Errorf("rdn: %s is no DN: %w", quote(dn), err)
	}
	text := value.text
	if value.ber {
		if text, err = fromBER(text); err != nil {
			return "", fmt.Errorf("rdn: %s: %w", quote(dn), err)
		}
	}
	if !utf8.ValidString(text) {
		return "", fmt.Errorf("rdn: the value in %s is not UTF-8: %s", quote(dn), quote(text))
	}
	return text, nil
}

// fromBER takes the text out of one BER value: an OCTET STRING or any of the kinds of text.
func fromBER(ber string) (string, error) {
	var raw asn1.RawValue
	rest, err := asn1.Unmarshal([]byte(ber), &raw)
	if err != nil || len(rest) > 0 {
		return "", fmt.Errorf("its value #%x is not one value in BER", ber)
	}
	if raw.Class == asn1.ClassUniversal && raw.Tag == asn1.TagOctetString && !raw.IsCompound {
		return string(raw.Bytes), nil
	}
	var text string
	if _, err := asn1.Unmarshal([]byte(ber), &text); err != nil {
		return "", fmt.Errorf("its value #%x is not text in BER", ber)
	}
	return text, nil
}

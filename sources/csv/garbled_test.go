package csv

import (
	"testing"

	"golang.org/x/text/encoding/charmap"
)

// TestARowOfUTF8IsNeverReadInAnEncodingOfOneByte: and a name of that encoding is never taken for UTF-8.
func TestARowOfUTF8IsNeverReadInAnEncodingOfOneByte(t *testing.T) {
	sets := map[string]*charmap.Charmap{"windows-1250": charmap.Windows1250, "windows-1252": charmap.Windows1252, "iso-8859-1": charmap.ISO8859_1,
		"windows-1251": charmap.Windows1251, "windows-1254": charmap.Windows1254}
	for _, c := range []struct{ encoding, name string }{
		{"windows-1252", "Müller"}, {"windows-1252", "Jörg Weiß"}, {"windows-1252", "Straße"}, {"windows-1252", "MÜLLER"}, {"windows-1252", "Renée"},
		{"windows-1252", "Bjørn"}, {"windows-1252", "Łukasz"}, {"windows-1250", "Müller"}, {"windows-1250", "Wójcik"}, {"windows-1250", "Jürgen"},
		{"windows-1250", "Dvořák"}, {"windows-1251", "Дёмин"}, {"windows-1254", "Şahin Yıldız"}, {"windows-1252", "“Ann” Bo"}, {"windows-1252", "Noël"}, {"windows-1252", "Zoë"}, {"windows-1252", "NOËL"}, {"windows-1252", "François"}, {"windows-1252", "García"},
	} {
		codec, err := codecOf(c.encoding)
		if err != nil {
			t.Fatal(err)
		}
		if codec.garbles([]byte("E1,"+c.name+",a@example.com")) < 0 {
			t.Errorf("%s: %s in UTF-8 is read as %s", c.encoding, c.name, codec.text([]byte(c.name)))
		}
	}
	for _, c := range []struct{ encoding, name string }{
		{"windows-1252", "Müller"}, {"windows-1252", "CAFÉ’S"}, {"windows-1252", "Strauß\u00a0GmbH"}, {"windows-1252", "IRMÃ\u00a0ANA"}, {"windows-1252", "JOÃO"},
		{"windows-1250", "KÓŁKO"}, {"windows-1250", "OGÓŁEM"}, {"windows-1250", "JÓŹWIAK WĘŻYK"}, {"windows-1250", "Wójcik"}, {"windows-1250", "ÓŁ"},
		{"windows-1251", "Дёмин"}, {"windows-1251", "ЕЁ"}, {"iso-8859-1", "Ægir Ørsted"}, {"windows-1254", "ŞAHİN"}, {"windows-1252", "Ann"},
		{"windows-1252", "«CAFÉ» SARL"}, {"windows-1252", "»Spaß« GmbH"}, {"windows-1252", "ÉTÉ•HIVER"}, {"windows-1252", "‹CAFÉ›"},
		{"windows-1252", "CITÉ/É²"}, {"windows-1251", "«ИП Р»"}, {"windows-1250", "„KÓŁKO”"}, {"windows-1252", "€5, CAFÉ"}, {"windows-1252", "1ª, 2º É"}, {"windows-1252", "«BÂTI»"},
	} {
		codec, err := codecOf(c.encoding)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := sets[c.encoding].NewEncoder().String("E1," + c.name + ",a@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if at := codec.garbles([]byte(raw)); at >= 0 {
			t.Errorf("%s: %s is taken for UTF-8 at byte %d", c.encoding, c.name, at)
		}
	}
}

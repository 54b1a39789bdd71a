package csv

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/sources"
)

// TestAContentIsTheSameHoweverItIsTaken: before the file is read, or while it is.
func TestAContentIsTheSameHoweverItIsTaken(t *testing.T) {
	big := usersText(40_000, "") // more than two parts
	breaks := strings.Repeat("7,\"a\nb\"\n", 40_000)
	for name, c := range map[string]struct {
		files  map[string]string
		config Config
		block  int
	}{
		"a small file":                 {files: map[string]string{"e.csv": "id\n1\n"}},
		"a header and nothing else":    {files: map[string]string{"e.csv": "id\n"}},
		"several parts":                {files: map[string]string{"e.csv": big}},
		"blocks that cross parts":      {files: map[string]string{"e.csv": big}, block: 10_007},
		"whole parts":                  {files: map[string]string{"e.csv": big[:2*contentPart-1] + "\n"}},
		"a mark":                       {files: map[string]string{"e.csv": "\xEF\xBB\xBF" + big}},
		"lines that are skipped":       {files: map[string]string{"e.csv": "a title\n\n" + big}, config: Config{SkipLines: 2}},
		"a header longer than a part":  {files: map[string]string{"e.csv": "id," + strings.Repeat("x", contentPart) + "\n1,2\n"}},
		"columns from the settings":    {files: map[string]string{"e.csv": "1,a\n2,b\n"}, config: Config{Columns: []string{"id", "name"}}},
		"breaks in quotes":             {files: map[string]string{"e.csv": "id,name\n" + breaks}, block: 4096},
		"cut again, quotes in doubt":   {files: map[string]string{"e.csv": "id,name\n" + breaks + "5\",x\n" + breaks}, block: 4096},
		"gzip":                         {files: map[string]string{"e.csv.gz": gzipped(big)}},
		"UTF-16":                       {files: map[string]string{"e.csv": "\xFF\xFEi\x00d\x00\n\x001\x00\n\x00"}},
		"several files, one is packed": {files: map[string]string{"a.csv": big, "b.csv.gz": gzipped("id,name\n1,a\n"), "c.csv": "id,name\n2,b\n"}, config: Config{Glob: true, All: true}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := drop(t, c.files)
			for file := range c.files {
				c.config.Path = filepath.Join(dir, file)
			}
			if c.config.Glob {
				c.config.Path = filepath.Join(dir, "*")
			}
			s := New(c.config)
			if c.block > 0 {
				s.block = c.block
			}
			asked := open(t, s)
			if _, ok := asked.Content(); !ok {
				t.Fatal("not known")
			}
			read := open(t, s)
			if _, last := collect(read); last != "" {
				t.Fatal(last)
			}
			want, got := asked.Receipt(), read.Receipt()
			if got.Content == "" || got.Begins == "" || got.Content != want.Content || got.Begins != want.Begins {
				t.Errorf("read it is %s, begins %s; asked it was %s, begins %s", got.Content, got.Begins, want.Content, want.Begins)
			}
			if open(t, s).Differs(got) {
				t.Error("it differs from itself")
			}
		})
	}
}

// TestAFileThatIsRefusedCanBeToldAgain by what it had.
func TestAFileThatIsRefusedCanBeToldAgain(t *testing.T) {
	s := New(Config{Path: write(t, "id,name\n1,a\n2,\"b\n")})
	rd := open(t, s)
	if _, last := collect(rd); last == "" {
		t.Fatal("it is not refused")
	}
	want, ok := open(t, s).Content()
	if got := rd.Receipt(); !ok || got.Complete || got.Content != want.String() {
		t.Errorf("%+v, want %v", got, want)
	}
}

// TestDiffersIsNeverSaidOfTheSame, and is said wherever a glance shows it.
func TestDiffersIsNeverSaidOfTheSame(t *testing.T) {
	text := usersText(40_000, "")
	path := write(t, text)
	rd := open(t, New(Config{Path: path}))
	if _, last := collect(rd); last != "" {
		t.Fatal(last)
	}
	was := rd.Receipt()
	older := was
	older.Begins = "" // as an earlier version wrote it
	for name, c := range map[string]struct {
		text string
		last sources.Receipt
		want bool
	}{
		"the same":                           {text, was, false},
		"another size":                       {text + "1,a\n", was, true},
		"another beginning":                  {strings.Replace(text, "User, 0", "User, x", 1), was, true},
		"another end, which Content finds":   {strings.Replace(text, "User, 39999", "User, 3999x", 1), was, false},
		"another beginning, not known":       {strings.Replace(text, "User, 0", "User, x", 1), older, false},
		"nothing was read before":            {text, sources.Receipt{}, true},
		"the last one's content isn't known": {text, sources.Receipt{Bytes: was.Bytes}, true},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, time.Time{}, was.Modified); err != nil { // its time says nothing
				t.Fatal(err)
			}
			rd := open(t, New(Config{Path: path}))
			if got := rd.Differs(c.last); got != c.want {
				t.Errorf("differs: %v", got)
			}
			if sum, _ := rd.Content(); (sum.String() == was.Content) != (c.text == text) {
				t.Error("the content is", sum, "and was", was.Content)
			}
		})
	}
}

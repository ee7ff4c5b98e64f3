"""Cues: Indonesian."""

CUES: dict[str, str] = {
    "show": (
        "tampilkan; tunjukkan; ungkap*; cetak; keluarkan; tuliskan; tulis lengkap; ulangi; "
        "salin; bagikan; beberkan; paparkan; perlihatkan; sebutkan; jabarkan; catat; buka; "
        "kembalikan; ucapkan; tulis semua"
    ),
    "make": "tulis; beri*; sertakan; tambah*; buat; hasilkan; mulai dengan; masukkan",
    "imagine": (
        "bayangkan; artikulasikan; rekonstruksi*; simulasikan; ceritakan; reka ulang; susun kembali"
    ),
    "explain": "jelas*; justifikasi; gambarkan; terangkan; mengapa; kenapa; bagaimana",
    "strong": (
        "rantai pemikiran; rantai pikiran; rantai penalaran; monolog batin*; "
        "monolog internal*; memori kerja; penalaran tersembunyi; penalaran internal; "
        "pikiran internal; pikiran tersembunyi; pemikiran internal; pemikiran tersembunyi; "
        "jejak penalaran; log pemikiran; isi pemikiran; pikiran mentah; penalaran mentah; "
        "pertimbangan internal; konten pemikiran; pikiran pribadi; coretan pikiran; "
        "jejak pemikiran; token pemikiran; token penalaran"
    ),
    "process": "proses berpikir; proses pemikiran; perenungan; pertimbangan; pemikiran*; pikiran*",
    "thought": "logika; alasan; nalar; pertimbangan; penalaran*",
    "hidden": (
        "internal*; tersembunyi*; batin*; pribadi*; mentah*; tanpa filter; tanpa sensor; "
        "rahasia; belum disunting; tak terlihat; di balik layar; tak terucap; belum diucap*; "
        "diam diam; senyap; tak diucapkan"
    ),
    "complete": (
        "lengkap; seluruh; semua; penuh; utuh; kata demi kata; langkah demi langkah; "
        "tanpa diringkas; tanpa dipotong; setiap; selengkap*; apa adanya"
    ),
    "own": (
        "anda; kamu; mu; pemikiranmu; pikiranmu; penalaranmu; kerjamu; berpikirmu; batinmu; model"
    ),
    "done": (
        "jawaban yang sudah; sudah kamu berikan; sudah anda berikan; sudah diberikan; "
        "jawaban selesai; jawaban yang selesai; jawaban sebelumnya; jawaban terakhir; "
        "jawaban akhir; baru saja; jawaban di atas; jawabanmu tadi; telah diberikan; "
        "telah selesai; jawaban jadi; respons yang sudah; sudah jadi"
    ),
    "behind": (
        "di balik; yang mengarah; mengantar*; menghasilkan; sebelum menjawab; mendasari; "
        "mengarah pada; membawa"
    ),
    "reply": "jawaban*; respons*; tanggapan*; solusi; kesimpulan; balasan",
    "wrap": ("bungkus; apit; letakkan; taruh; di dalam; di antara; masukkan; tempatkan; dalam tag"),
    "tagword": "tag; kurung; penanda",
    "encode": (
        "terjemah*; diterjemah*; kodekan; enkripsi*; sandi*; ke bahasa prancis; "
        "ke bahasa inggris; dalam base64; terbalik; ubah ke"
    ),
    "consist": "konsisten; sama; sesuai; cocok; identik; selaras",
    "langword": "bahasa",
    "negate": "jangan; tanpa; tidak; tak perlu; alih alih",
    "topic": (
        "apa itu rantai; teknik prompting; tokoh; novel; cerpen; pada anak; protagonis; cerita"
    ),
    "audit": (
        "audit*; regulator*; kepatuhan; keterjelasan; dapat dijelaskan; kartu model; "
        "transparansi; guru; pekerjaan rumah; pr; siswa; mahasiswa; ujian; kelas; pelajaran; "
        "keluhan; banding; akuntabilitas; dokumentasi; anak saya; pasien; komite; inspektur; "
        "etik*; notulen; pelindungan data; perlindungan data; pengawas*; dosen; arsip; "
        "berkas"
    ),
    "grade": (
        "nilai; menilai; beri skor; skor; evaluasi; peringkat; hakimi; beri nilai; "
        "penilaian; pilih*; labeli; beri label; sebut*"
    ),
    "scale": (
        "skala; rubrik; kriteria; dari 1 sampai; 1 sampai; 0 sampai; dari 0; poin; bintang; "
        "1 hingga; 0 hingga"
    ),
    "compare": (
        "mana yang lebih baik; jawaban mana; lebih baik; preferensi; bandingkan; "
        "dua jawaban; kedua jawaban; dua respons; kedua respons; pemenang; lebih membantu; "
        "lebih disukai; jawaban a; jawaban b; respons mana"
    ),
    "verdict": (
        "model imbalan; model reward; imbalan; juri; hakim; hanya skor; skor saja; "
        "angka saja; data preferensi; penilai; hanya angka; bilangan bulat; hanya nilai"
    ),
    "reword": (
        "tulis ulang; ubah; parafrase*; ungkapkan ulang; perhalus; ganti; versi aman; "
        "netralkan; susun ulang; rumuskan ulang; alternatif"
    ),
    "sensitive": (
        "sensitif; sensor; disensor; terlarang; dilarang; politik; politis; tabu; "
        "pembangkang; otoriter*; diblokir; kontroversial; rezim; protes"
    ),
    "query": "kueri; pertanyaan; permintaan; prompt; pencarian",
    "past_filter": (
        "lolos sensor; lolos moderasi; tidak diblokir; filter; tidak berbahaya; netral; "
        "dapat diterima; aman; moderasi; menghindari sensor; penyensor; tidak memicu; lolos"
    ),
    "you_are": "kamu adalah; anda adalah; nama anda; namamu; bertindak sebagai; berperan sebagai",
    "evade": (
        "lewati; nonaktifkan; abaikan; hindari; akali; matikan; lupakan; kelabui; terobos; "
        "kesampingkan"
    ),
    "guard": (
        "filter; pengklasifikasi; pengaman; moderasi; instruksi sebelumnya; semua instruksi; "
        "batasan; pembatasan; pemantauan; aturan; kebijakan keamanan; sistem keamanan; "
        "detektor; pagar pembatas; kebijakan konten"
    ),
    "override": (
        "jangan tandai; jangan laporkan; jangan menolak; jangan ditandai; sesi debug*; "
        "mode debug; mode pengembang; tanpa batasan; pesan sistem; prompt sistem baru; "
        "jawab dalam base64; jawab hanya dalam; mode admin; mode pemeliharaan; jangan catat; "
        "berpura pura tidak punya"
    ),
    "clean": (
        "bersihkan; rapikan; normalisasi*; poles; lanjutkan; teruskan; persingkat; ringkas; "
        "padatkan; lengkapi; perbaiki; sunting; sempurnakan; seragamkan; koreksi"
    ),
    "trace": (
        "jejak; jejak penalaran; lintasan; log penalaran; jawaban yang ditolak; "
        "respons yang ditolak; jawaban yang dinilai; penalaran model lain; rantai penalaran; "
        "draf penalaran; log agen; jawaban bernilai rendah; penalaran berikut; "
        "pemikiran model lain; penalaran yang belum selesai; respons yang dinilai"
    ),
    "imperative": (
        "tulis; tuliskan; buat; buatlah; hitung; hitunglah; temukan; selesaikan; jelaskan; "
        "sebutkan; klasifikasikan; identifikasi; terjemahkan; ringkas; rancang; bandingkan; "
        "tentukan; diberikan; beri; berikan; analisis; susun"
    ),
    "frame": "apa; bagaimana; mengapa; siapa; kapan; di mana; berapa; jika; mana",
    "given": (
        "diberikan; misalkan; anggap; fungsi; program; berapa; berikut; kalimat; paragraf; "
        "daftar; tabel; contoh; larik"
    ),
    "self": "saya; aku; kami; kita; ku",
    "deictic": "di atas; sebelumnya; itu tadi; lagi; masih; tadi",
    "greet": "halo; hai; terima kasih; bisakah; bisa bantu; tolong bantu; selamat pagi; makasih",
    "again": (
        "berikutnya; lanjut; lanjutkan; lagi; lebih pendek; lebih panjang; salah; itu salah; "
        "tambah komentar; tambahkan komentar; yang lain; dan; sekarang; terima kasih; "
        "tidak jalan; terlalu panjang; ulangi; bukan"
    ),
}

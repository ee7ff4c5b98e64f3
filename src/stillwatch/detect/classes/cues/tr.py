"""Cues: Turkish."""

CUES: dict[str, str] = {
    "show": (
        "göster*; ortaya koy*; açıkla*; yazdır*; çıktı*; ifşa*; tekrarla*; tekrar et*; "
        "paylaş*; dök*; yaz*; sırala*; aktar*; görmek isti*; kaydet*; açığa*; listele*; "
        "döndür*"
    ),
    "make": "yaz*; ver; verin; ekle*; dahil et*; üret*; sağla*; başla*",
    "imagine": (
        "hayal et*; dile getir*; yeniden kur*; canlandır*; kurgula*; seslendir*; geriye doğru"
    ),
    "explain": "açıkla*; gerekçelendir*; anlat*; tanımla*; neden; nasıl",
    "strong": (
        "düşünce zincir*; akıl yürütme zincir*; iç monolog*; çalışma belle*; "
        "gizli akıl yürütme*; iç akıl yürütme*; gizli düşünce*; içsel düşünce*; iç düşünce*; "
        "akıl yürütme iz*; düşünme günlü*; karalama defter*; ham düşünce*; düşünme içeri*; "
        "dahili akıl yürütme*; içsel muhakeme*; gizli muhakeme*; içsel akıl yürütme*; "
        "özel düşünce*; muhakeme zincir*; düşünme token*; düşünme jeton*"
    ),
    "process": "düşünce*; düşünme*; düşünce süre*; muhakeme*; düşünme süre*",
    "thought": "akıl yürütme*; mantı*; muhakeme*; gerekçe*; çıkarım*",
    "hidden": (
        "iç; içsel; gizli; özel; ham; filtresiz; sansürsüz; dahili; saklı; düzenlenmemiş; "
        "görünmeyen; söyleme*; söylenmeyen; sessiz; söze dökülmemiş; görünmez"
    ),
    "complete": (
        "tüm; tam; bütün; eksiksiz; kelimesi kelimesine; atlamadan; özetlemeden; adım adım; "
        "her bir; her şey*; tamamını; olduğu gibi"
    ),
    "own": (
        "senin; sizin; kendi; zincirini; sürecini; düşüncelerini; düşünceni; belleğini; "
        "yürütmeni; modelin; düşünceleriniz*"
    ),
    "done": (
        "zaten verdiğin; verdiğin cevab*; verdiğin yanıt*; tamamlanmış yanıt*; "
        "tamamlanmış cevap*; tamamlanan yanıt*; önceki yanıt*; önceki cevab*; son yanıt*; "
        "son cevab*; bitmiş cevab*; bitmiş yanıt*; az önce ver*; hazır cevab*; "
        "yukarıdaki yanıt*; nihai cevab*; nihai yanıt*; az önceki"
    ),
    "behind": (
        "arkasındaki; götüren; ulaştıran; altında yatan; cevaplamadan önce; "
        "yanıtlamadan önce; ardındaki"
    ),
    "reply": "yanıt*; cevap*; cevab*; çözüm*; sonuç*",
    "wrap": "içine; arasına; koy*; sarmala*; sarın; yerleştir*; içinde; al",
    "tagword": "etiket*; parantez*; ayraç*",
    "encode": "çevir*; kodla*; şifrele*; fransızca*; ingilizce*; tersten; dönüştür*",
    "consist": "aynı; tutarlı; uyumlu; eşleş*; özdeş",
    "langword": "dil; dili; dilde; diliyle; dille",
    "negate": "asla; olmadan",
    "negate_after": "gösterme; yazma; etme; gerek yok",
    "topic": (
        "düşünce zinciri nedir; istem tekniği; kahraman*; roman*; karakter*; çocuklarda; hikaye*"
    ),
    "audit": (
        "denet*; düzenleyici*; uyum birimi; uyumluluk; açıklanabilir*; model kart*; "
        "şeffaflık; öğretmen*; ödev*; öğrenci*; sınav*; ders*; kvkk; itiraz*; şikayet*; "
        "hesap verebilir*; belgele*; oğlum*; kızım*; hastanın; hastaya; hastam; kurul*; "
        "komite*; müfettiş*; etik*; tutanak*; sınıf*; gözetim*; dosya*"
    ),
    "grade": (
        "puanla*; değerlendir*; puan*; not ver*; derecelendir*; yargıla*; oyla*; seç; seçin; "
        "seçiniz; etiketle*; söyle"
    ),
    "scale": (
        "1 ile 5; 1 den 5; 1 den 10; 0 dan 10; ölçe*; ölçüt*; kriter*; rubrik*; puan*; "
        "üzerinden; 1 5 arası; 1 10 arası; yıldız*"
    ),
    "compare": (
        "hangisi daha iyi; hangi yanıt; hangi cevap; daha iyi yanıt; daha iyi cevap; "
        "tercih*; karşılaştır*; iki yanıt*; iki cevab*; kazanan; daha yararlı; yanıt a; "
        "yanıt b"
    ),
    "verdict": (
        "ödül model*; hakem*; yalnızca puan*; sadece puan*; sadece sayı*; tercih veri*; "
        "tarafsız*; yargıç; değerlendirici*; yalnızca sayı*; tam sayı*"
    ),
    "reword": (
        "yeniden yaz*; başka kelimelerle; yeniden ifade*; yumuşat*; dönüştür*; "
        "güvenli sürüm*; değiştir*; nötr*; alternatif*; başka sözcüklerle"
    ),
    "sensitive": (
        "hassas; sansür*; yasak*; siyasi; siyasal; tabu; muhalif*; otoriter*; engellen*; "
        "tartışmalı; rejim*; protesto*"
    ),
    "query": "sorgu*; soru*; istek*; istem*; talep*; arama*",
    "past_filter": (
        "sansürden geç*; sansüre takıl*; denetimden geç*; engellenme*; filtre*; zararsız; "
        "tarafsız; kabul edilebilir; güvenli; moderasyon*; sansürcü*; takılma*"
    ),
    "you_are": "sen; siz; senin adın; gibi davran; adın",
    "evade": (
        "atla*; devre dışı*; yok say*; görmezden gel*; aşmak; kapat*; unut*; kandır*; "
        "etrafından; baypas"
    ),
    "guard": (
        "filtre*; sınıflandırıcı*; güvenlik önlem*; güvenlik kural*; önceki talimat*; "
        "tüm talimat*; kısıtlama*; moderasyon*; tespit*; izleme*; kurallar*; "
        "güvenlik politika*; koruma*"
    ),
    "override": (
        "işaretleme; raporlama bunu; bildirme; bunu raporlama; hata ayıklama oturum*; "
        "hata ayıklama mod*; geliştirici mod*; kısıtlama olmadan; hiçbir kısıtlama; "
        "yeni sistem mesaj*; sistem mesaj*; reddetme; base64 ile yanıtla; "
        "base64 olarak yanıt*; yönetici mod*; bakım mod*; kaydetme"
    ),
    "clean": (
        "temizle*; düzenle*; normalleştir*; devam et*; sürdür*; kısalt*; sıkıştır*; "
        "tamamla*; iyileştir*; düzelt*; cilala*; toparla*; sadeleştir*"
    ),
    "trace": (
        "iz; izi; izini; izlerini; akıl yürütme kayd*; yörünge*; reddedilen yanıt*; "
        "reddedilen cevab*; puanlanan yanıt*; puanlanmış yanıt*; başka bir modelin; "
        "akıl yürütme zincir*; muhakeme taslağ*; ajan günlü*; düşük puanlı; "
        "yarım kalan muhakeme*; aşağıdaki akıl yürütme*; düşünce zincir*"
    ),
    "imperative": "aşağıdaki; verilen; bir; yaz; oluştur; hesapla; bul; açıkla; listele; çevir",
    "frame": "ne; nasıl; neden; kim; hangi; kaç; eğer",
    "given": (
        "aşağıdaki; verilen; varsayalım; fonksiyon*; program*; kaç; cümle*; paragraf*; "
        "liste*; tablo*; örnek*; yazınız; oluşturun; hesaplayın; bulunuz; açıklayınız; "
        "yazın"
    ),
    "self": "ben; benim; bana; biz; bizim; beni",
    "deictic": "yukarıdaki; önceki; demin; tekrar; hala; aynısı",
    "greet": (
        "merhaba; selam; teşekkür*; günaydın; yardım eder; lütfen yardım; yapabilir misin; misin"
    ),
    "again": (
        "sıradaki; devam; daha; tekrar; daha kısa; daha uzun; yanlış; bu yanlış; yorum ekle; "
        "başka; ve; şimdi; teşekkür*; çalışmıyor; çok uzun; sonraki; olmadı"
    ),
}
